// Checks a proof bundle (cunwu-bundle/1) without asking anybody: no network, no page, no wording.
// Hashing is done here, so that it also works where a page is not served over https; signatures need WebCrypto.

const text = new TextEncoder();
const root = (prime, power) => {
  const value = prime ** power;
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
};
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const ROUND = primes.map((p) => root(p, 1 / 3));
const START = primes.slice(0, 8).map((p) => root(p, 1 / 2));
const turned = (x, n) => (x >>> n) | (x << (32 - n));

/** SHA-256 (FIPS 180-4) of bytes. */
export function sha256(bytes) {
  const length = bytes.length;
  const padded = new Uint8Array((((length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length << 3);
  const state = [...START];
  const w = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      const s0 = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
      const s1 = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
  }
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((value, i) => out.setInt32(4 * i, value));
  return new Uint8Array(out.buffer);
}

const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
};
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
export const sha256Hex = (bytes) => hex(sha256(bytes));
const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

function fromHex(string) {
  if (!/^([0-9a-f]{2})+$/.test(string)) throw new Error("hex");
  return Uint8Array.from(string.match(/../g), (pair) => parseInt(pair, 16));
}

function fromBase64(string) {
  const decoded = atob(string);
  if (btoa(decoded) !== string) throw new Error("base64");
  return Uint8Array.from(decoded, (c) => c.charCodeAt(0));
}

/** RFC 4648 base32 without padding: the name of an entry in addresses. */
export function base32(bytes) {
  let bits = 0, value = 0, out = "";
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits ? out + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(value << (5 - bits)) & 31] : out;
}

const leafHash = (entry) => sha256(join(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));

/** The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); null where the proof has the wrong length. */
export function rootOf(leaf, index, size, hashes) {
  if (index >= size) return null;
  let at = index, last = size - 1, hash = leaf;
  for (const sibling of hashes) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) { at = at / 2; last = Math.floor(last / 2); }
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : null;
}

function count(string) {
  if (!/^(0|[1-9]\d{0,14})$/.test(string)) throw new Error("count");
  return Number(string);
}

/** A tlog-proof (c2sp.org/tlog-proof) in its parts. Throws where it is malformed. */
export function parseProof(proof) {
  const gap = proof.indexOf("\n\n");
  const lines = proof.slice(0, gap).split("\n");
  if (gap < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Error("proof");
  if (lines[0].startsWith("extra ")) lines.shift();
  const index = /^index (\d+)$/.exec(lines.shift());
  const hashes = lines.map(fromBase64);
  if (!index || hashes.length > 63 || hashes.some((hash) => hash.length !== 32)) throw new Error("proof");
  return { index: count(index[1]), hashes, note: proof.slice(gap + 2) };
}

/** A signed note: its text and signature lines. Throws where it is malformed. */
function parseNote(note) {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0) throw new Error("note");
  const body = note.slice(0, gap + 1);
  const signatures = note.slice(gap + 2).split("\n").filter(Boolean).map((line) => {
    const found = /^\u2014 (\S+) (\S+)$/.exec(line);
    if (!found) throw new Error("signature");
    const bytes = fromBase64(found[2]);
    return { name: found[1], id: hex(bytes.slice(0, 4)), bytes: bytes.slice(4) };
  });
  return { body, signatures };
}

/** A signed checkpoint: its text, origin, size, root and signature lines. Throws where it is malformed. */
export function parseCheckpoint(note) {
  const { body, signatures } = parseNote(note);
  const [origin, size, top] = body.split("\n");
  if (!origin || !top) throw new Error("checkpoint");
  return { body, origin, size: count(size), root: fromBase64(top), signatures };
}

/** A verifier key NAME+ID+BASE64 (c2sp.org/signed-note). Throws where it is malformed. */
export function parseKey(vkey) {
  const found = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey.trim());
  if (!found) throw new Error("key");
  const bytes = fromBase64(found[3]);
  const id = hex(sha256(join(text.encode(`${found[1]}\n`), bytes)).slice(0, 4));
  if (bytes.length !== 33 || id !== found[2]) throw new Error("key");
  return { name: found[1], id, kind: bytes[0], key: bytes.slice(1) };
}

/** The fingerprint that the paper bears: 16 bytes of SHA-256 over the public key, in groups of four digits. */
export const fingerprintOf = (key) => hex(sha256(key).slice(0, 16)).match(/.{4}/g).join(" ");

async function signed(subtle, key, signature, message) {
  if (!subtle) return null;
  try {
    const imported = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch {
    return null;
  }
}

async function checkSignature(subtle, note, key) {
  const line = note.signatures.find((each) => each.name === key.name && each.id === key.id);
  if (!line || note.origin !== key.name || key.kind !== 1 || line.bytes.length !== 64) return false;
  return signed(subtle, key.key, line.bytes, text.encode(note.body));
}

/**
 * The keys that lead to `key` by notes in which the earlier names the later and both have signed (oldest first), newest
 * first. `good` is false where a note does not hold, null where signatures cannot be checked here.
 */
async function earlierKeys(subtle, handovers, key) {
  const earlier = [];
  let good = true;
  for (const written of [...handovers].reverse()) {
    const note = parseNote(written);
    const [format, origin, before, after] = note.body.split("\n");
    const [old, next] = [parseKey(before), parseKey(after)];
    const signatures = [old, next].map((each) => checkSignature(subtle, { ...note, origin }, each));
    const [one, other] = await Promise.all(signatures);
    const holds = format === "cunwu/handover/1" && next.id === key.id && same(next.key, key.key) && one !== false && other !== false;
    if (!holds) return { earlier: [], good: false };
    if (one === null || other === null) good = null;
    earlier.push(old);
    key = old;
  }
  return { earlier, good };
}

async function checkWitness(subtle, checkpoint, witness) {
  const key = parseKey(witness.key);
  const line = checkpoint.signatures.find((each) => each.name === key.name && each.id === key.id);
  if (!line || key.kind !== 4 || line.bytes.length !== 72) return null;
  const seconds = new DataView(line.bytes.buffer, line.bytes.byteOffset).getBigUint64(0);
  const message = text.encode(`cosignature/v1\ntime ${seconds}\n${checkpoint.body}`);
  const good = await signed(subtle, key.key, line.bytes.slice(8), message);
  return good === null ? null : { good, time: new Date(Number(seconds) * 1000) };
}

const digits = (string) => string.toLowerCase().replace(/[^0-9a-f]/g, "");

/**
 * Check a bundle. `address`: the entry's name on the paper (52 characters); `fingerprint`: as typed from the paper;
 * `witnesses`: [{key, name, independent}]. Returns {verdict, steps, document, entry, fingerprint}; a step is
 * {name, state: "yes" | "no" | "wrong", ...values}, where "no" means: not checked. The verdict is "whole" only if
 * everything that binds the content to the paper was checked here and holds, "wrong" if anything does not.
 */
export async function verifyBundle(bundle, { address = "", fingerprint = "", witnesses = [], subtle = globalThis.crypto?.subtle } = {}) {
  const steps = [];
  const step = (name, state, values = {}) => steps.push({ name, state, ...values });
  if (bundle?.format !== "cunwu-bundle/1") throw new Error("bundle");
  const document = fromBase64(bundle.document);
  const entry = fromBase64(bundle.entry);
  const leaf = leafHash(entry);
  const said = JSON.parse(new TextDecoder().decode(entry));
  const key = parseKey(bundle.key);
  const proof = parseProof(bundle.proof);
  const checkpoint = parseCheckpoint(proof.note);

  if (address) step("address", base32(leaf) === address.toUpperCase().replace(/[^A-Z2-7]/g, "") ? "yes" : "wrong");
  const salt = fromHex(bundle.salt);
  const commitment = hex(sha256(join(text.encode("cunwu/commitment/1\n"), salt, document)));
  step("commitment", salt.length === 32 && commitment === said.commitment ? "yes" : "wrong");
  const top = rootOf(leaf, proof.index, checkpoint.size, proof.hashes);
  step("inclusion", top && same(top, checkpoint.root) ? "yes" : "wrong", { index: proof.index, size: checkpoint.size });
  const good = await checkSignature(subtle, checkpoint, key);
  step("signature", good === null ? "no" : good ? "yes" : "wrong", { origin: key.name });

  const ours = fingerprintOf(key.key);
  const { earlier, good: led } = await earlierKeys(subtle, bundle.handovers ?? [], key);
  const known = [ours, ...(led ? earlier.map((each) => fingerprintOf(each.key)) : [])];
  if (fingerprint) step("fingerprint", known.some((each) => digits(fingerprint) === digits(each)) ? "yes" : "wrong", { fingerprint: ours });
  else step("fingerprint", "no", { fingerprint: ours });
  if (led === false) step("handover", "wrong");
  for (const each of earlier) step("handover", led ? "yes" : "no", { fingerprint: fingerprintOf(each.key) });

  let independent = 0;
  for (const witness of witnesses) {
    const cosigned = await checkWitness(subtle, checkpoint, witness);
    if (cosigned === null) continue;
    if (cosigned.good && witness.independent) independent += 1;
    step(witness.independent ? "witness" : "own_witness", cosigned.good ? "yes" : "wrong", { witness: witness.name });
  }
  if (!independent) step("independent", "no");
  step("truth", "no");
  const held = (name) => steps.some((each) => each.name === name && each.state === "yes");
  const bound = held("address") || held("fingerprint");
  const whole = bound && ["commitment", "inclusion", "signature"].every(held);
  const verdict = steps.some((each) => each.state === "wrong") ? "wrong" : whole ? "whole" : "part";
  return { verdict, steps, document: new TextDecoder().decode(document), entry: said, fingerprint: ours };
}
