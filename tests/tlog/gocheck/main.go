// Gocheck reads an exported log as somebody would who has only Go's sumdb packages and the C2SP documents:
// it opens the checkpoint with note.Open, and proves every entry and the growth since earlier checkpoints
// from the tiles. It shares no code with the log that it checks.
//
//	gocheck DIR LOG_VKEY [-witness VKEY]... [-old CHECKPOINT_FILE]...
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies timestamped cosignatures (type 0x04), which the note package does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("witness key has no three parts")
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != 4 {
		return nil, fmt.Errorf("witness key is not of type 4")
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	if fmt.Sprintf("%x", id[:4]) != parts[1] {
		return nil, fmt.Errorf("witness key has another id")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(id[:4]), data[1:]}, nil
}

// tiles reads C2SP tiles: tile/L/N, where Go writes tile/8/L/N.
type tiles struct{ dir string }

func (t tiles) Height() int                          { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(t.dir, path))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func entries(dir string, size int64) ([][]byte, error) {
	var out [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}
		path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s is cut off", path)
			}
			length := int(binary.BigEndian.Uint16(data))
			out = append(out, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s is too long", path)
		}
	}
	return out, nil
}

func parse(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != origin {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func open(path string, origin string, known note.Verifiers) (*note.Note, tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, tlog.Tree{}, err
	}
	opened, err := note.Open(data, known)
	if err != nil {
		return nil, tlog.Tree{}, err
	}
	tree, err := parse(opened.Text, origin)
	return opened, tree, err
}

func check(dir, vkey string, witnesses, olds []string) error {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	verifiers := []note.Verifier{log}
	for _, key := range witnesses {
		witness, err := newCosigner(key)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, witness)
	}
	opened, tree, err := open(filepath.Join(dir, "checkpoint"), log.Name(), note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != len(verifiers) {
		return fmt.Errorf("%d of %d keys have signed", len(opened.Sigs), len(verifiers))
	}
	reader := tlog.TileHashReader(tree, tiles{dir})
	records, err := entries(dir, tree.N)
	if err != nil {
		return err
	}
	for i, record := range records {
		proof, err := tlog.ProveRecord(tree.N, int64(i), reader)
		if err != nil {
			return fmt.Errorf("entry %d: %v", i, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(record)); err != nil {
			return fmt.Errorf("entry %d: %v", i, err)
		}
	}
	for _, path := range olds {
		_, old, err := open(path, log.Name(), note.VerifierList(log))
		if err != nil {
			return err
		}
		if old.N == 0 {
			continue
		}
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return err
		}
	}
	fmt.Printf("%d entries, %d signatures, %d earlier checkpoints\n", len(records), len(opened.Sigs), len(olds))
	return nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: gocheck DIR LOG_VKEY [-witness VKEY]... [-old FILE]...")
		os.Exit(2)
	}
	var witnesses, olds []string
	rest := os.Args[3:]
	for len(rest) >= 2 {
		switch rest[0] {
		case "-witness":
			witnesses = append(witnesses, rest[1])
		case "-old":
			olds = append(olds, rest[1])
		}
		rest = rest[2:]
	}
	if err := check(os.Args[1], string(bytes.TrimSpace([]byte(os.Args[2]))), witnesses, olds); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}
