"""The installation's seal on papers that leave it: a PDF signed with a P-256 key of its own (PAdES profile of PDF).

The certificate is self-signed and made from the key alone, so it needs no file and is the same on every machine that
has the key; who gets a paper compares its fingerprint with the one on the residents' page on how to verify.
"""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from cunwu.installation import read_key

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (FIPS 186-5)."""
_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2056, 1, 1, tzinfo=UTC)
FIELD = "Seal"


def sign_pdf(data: bytes, reason: str) -> bytes:
    """The PDF with an invisible signature over all of it, at the machine's time. `reason` stands in the signature.

    Raises RuntimeError where the key `seal` is missing.
    """
    certificate = asn1_x509.Certificate.load(certificate_der())
    key = asn1_keys.PrivateKeyInfo.load(
        _key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    store = SimpleCertificateStore()
    store.register(certificate)
    signer = signers.SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=store)
    about = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", reason=reason, name=settings.CUNWU.log_origin
    )
    signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), about, signer=signer)
    return bytes(signed.getbuffer())


def certificate_der(seed: bytes | None = None) -> bytes:
    """The self-signed certificate, DER: the same bytes for the same key (`seed`, or the present one) and log origin."""
    key = _key(seed)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, settings.CUNWU.log_origin[:64])])
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(public).digest()[:16]) | 1)
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return built.public_bytes(Encoding.DER)


def fingerprint(seed: bytes | None = None) -> str:
    """SHA-256 of the certificate in groups of four hex digits, as `pdfsig -dump` and readers of PDF show it."""
    digest = hashlib.sha256(certificate_der(seed)).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, 64, 4))


def _key(seed: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    seed = seed or read_key(settings.KEYS, "seal")
    if seed is None:
        raise RuntimeError(
            f"the key 'seal' is missing in {settings.KEYS}: run `cunwu init`, or bring it back"
        )
    return ec.derive_private_key(int.from_bytes(seed) % (ORDER - 1) + 1, ec.SECP256R1())
