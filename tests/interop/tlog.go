// Checks a log with Go's golang.org/x/mod/sumdb/note and tlog: its checkpoint, records and tree proofs.
//
//	tlog <URL or folder> <origin> <vkey> <older size>...
//
// Prints what was checked, as JSON.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error, what ...interface{}) {
	if err != nil {
		fmt.Fprintln(os.Stderr, append([]interface{}{err}, what...)...)
		os.Exit(1)
	}
}

type place string

func (p place) get(name string) ([]byte, error) {
	if !strings.HasPrefix(string(p), "http://") {
		return os.ReadFile(string(p) + "/" + name)
	}
	answer, err := http.Get(string(p) + "/" + name)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	bytes, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", name, answer.Status)
	}
	return bytes, err
}

func (p place) Height() int { return 8 }

// Go writes tile/8/0/x001/234 and tile/8/data/..; the C2SP page leaves the height out.
func name(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (p place) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		bytes, err := p.get(name(t))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func (p place) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// kept keeps tiles that were fetched, as Go's own client does.
type kept struct {
	place
	tiles map[tlog.Tile][]byte
}

func (k kept) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		bytes, ok := k.tiles[t]
		if !ok {
			one, err := k.place.ReadTiles([]tlog.Tile{t})
			if err != nil {
				return nil, err
			}
			bytes = one[0]
		}
		all = append(all, bytes)
	}
	return all, nil
}

func (k kept) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		k.tiles[t] = data[i]
	}
}

// Entries of a tile of entries.
func entries(bytes []byte) (all [][]byte) {
	for len(bytes) > 0 {
		end := 2 + int(binary.BigEndian.Uint16(bytes))
		all = append(all, bytes[2:end])
		bytes = bytes[end:]
	}
	return all
}

func main() {
	from, origin := place(os.Args[1]), os.Args[2]
	verifier, err := note.NewVerifier(os.Args[3])
	check(err)
	message, err := from.get("checkpoint")
	check(err)
	opened, err := note.Open(message, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		check(fmt.Errorf("checkpoint %q", opened.Text))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, kept{from, map[tlog.Tile][]byte{}})
	whole, err := tlog.TreeHash(size, reader)
	check(err)
	if whole != root {
		check(fmt.Errorf("root %v", whole))
	}
	records, step := 0, int64(1)
	if size > 1000 {
		step = size/50000*100 + 1
	}
	for first := int64(0); first < size; first += 256 {
		tile := tlog.Tile{H: 8, L: -1, N: first / 256, W: 256}
		if size-first < 256 {
			tile.W = int(size - first)
		}
		bytes, err := from.get(name(tile))
		check(err)
		for i, entry := range entries(bytes) {
			n := first + int64(i)
			if n%step != 0 && n != size-1 && n != first {
				continue
			}
			proof, err := tlog.ProveRecord(size, n, reader)
			check(err, n)
			check(tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(entry)), n)
			if tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(entry[1:])) == nil {
				check(fmt.Errorf("another record was taken at %d", n))
			}
			records++
		}
	}
	roots := map[string]string{}
	for _, text := range os.Args[4:] {
		old, err := strconv.ParseInt(text, 10, 64)
		check(err)
		hash, err := tlog.TreeHash(old, reader)
		check(err, old)
		proof, err := tlog.ProveTree(size, old, reader)
		check(err, old)
		check(tlog.CheckTree(proof, size, root, old, hash), old)
		roots[text] = hash.String()
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"size": size, "root": root.String(), "records": records, "roots": roots,
	}))
}
