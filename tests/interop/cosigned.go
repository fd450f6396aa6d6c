// Opens a cosigned checkpoint (stdin) with the signed notes of Go's checksum database: arguments are
// the log's and the witness's verifier keys. Every alteration of one byte must be refused,
// but for the bits that base64 leaves over at the end of a line, which that package does not look at.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// cosigner verifies lines of type 0x04, which the package itself does not know.
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
	head := "cosignature/v1\ntime " + strconv.FormatUint(binary.BigEndian.Uint64(sig), 10) + "\n"
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func parse(vkey string) (cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return cosigner{}, fmt.Errorf("no verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return cosigner{}, fmt.Errorf("no cosignature key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return cosigner{}, fmt.Errorf("the key id does not fit")
	}
	return cosigner{parts[0], hash, ed25519.PublicKey(key[1:])}, nil
}

func main() {
	log, err := note.NewVerifier(os.Args[1])
	check(err)
	witness, err := parse(os.Args[2])
	check(err)
	text, err := io.ReadAll(os.Stdin)
	check(err)
	known := note.VerifierList(log, witness)
	opened, err := note.Open(text, known)
	check(err)
	refused := 0
	for at := range text {
		altered := append([]byte(nil), text...)
		altered[at] ^= 1
		again, err := note.Open(altered, known)
		if err != nil || len(again.Sigs) < 2 || altered[at+1] == '=' {
			refused++
		}
	}
	fmt.Printf("opened with %d signatures; %d alterations refused\n", len(opened.Sigs), refused)
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
