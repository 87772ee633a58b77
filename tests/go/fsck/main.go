// Reads an export of qrpay with transparency-dev's own tools, unchanged: Tessera's fsck recomputes
// every tile and the root from the entries, sumdb/note checks the signature.
//
//	fsck FOLDER-OR-URL VKEY [TOKEN]
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

// The leaves of a bundle as C2SP says, for entries that are their own leaves.
func leafHashes(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(entries.Entries))
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func fetcher(where, token string) (fsck.Fetcher, error) {
	if !strings.HasPrefix(where, "http://") {
		return client.FileFetcher{Root: where}, nil
	}
	root, err := url.Parse(where + "/")
	if err != nil {
		return nil, err
	}
	fetch, err := client.NewHTTPFetcher(root, http.DefaultClient)
	if err != nil {
		return nil, err
	}
	fetch.SetAuthorizationHeader("Bearer " + token)
	return fetch, nil
}

func run(where, vkey, token string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	source, err := fetcher(where, token)
	if err != nil {
		return err
	}
	ctx := context.Background()
	raw, err := source.ReadCheckpoint(ctx)
	if err != nil {
		return err
	}
	if _, err := note.Open(raw, note.VerifierList(verifier)); err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	check := fsck.New(verifier.Name(), verifier, source, leafHashes, fsck.Opts{N: 2})
	return check.Check(ctx)
}

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Fprintln(os.Stderr, "usage: fsck FOLDER-OR-URL VKEY [TOKEN]")
		os.Exit(2)
	}
	token := ""
	if len(os.Args) == 4 {
		token = os.Args[3]
	}
	if err := run(os.Args[1], os.Args[2], token); err != nil {
		fmt.Fprintln(os.Stderr, "fsck:", err)
		os.Exit(1)
	}
	fmt.Println("fsck: sound")
}
