// Asks a qrpay witness with transparency-dev's own tools, unchanged: Tessera's witness client sends
// the checkpoints of a growing log, and checks each answer as it would for a log of its own.
//
//	witness keygen                        prints a log's private and public key
//	witness grow SKEY POLICY-FILE         asks the policy's witnesses; prints the last checkpoint
//	witness open FILE LOG-VKEY VKEY...    checks a checkpoint and all of these cosignatures
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"

	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"
)

// A log of fewer than 256 entries, so that its only tile is that of its leaves.
type smallLog struct {
	leaves     [][]byte
	checkpoint []byte
}

func (l *smallLog) ReadCheckpoint(context.Context) ([]byte, error) {
	if l.checkpoint == nil {
		return nil, os.ErrNotExist
	}
	return l.checkpoint, nil
}

func (l *smallLog) ReadTile(_ context.Context, level, index uint64, p uint8) ([]byte, error) {
	if level != 0 || index != 0 || int(p) > len(l.leaves) {
		return nil, os.ErrNotExist
	}
	var tile []byte
	for _, leaf := range l.leaves[:p] {
		tile = append(tile, leaf...)
	}
	return tile, nil
}

func (l *smallLog) ReadEntryBundle(context.Context, uint64, uint8) ([]byte, error) {
	return nil, errors.ErrUnsupported
}

func (l *smallLog) NextIndex(context.Context) (uint64, error) { return uint64(len(l.leaves)), nil }

func (l *smallLog) IntegratedSize(context.Context) (uint64, error) {
	return uint64(len(l.leaves)), nil
}

func (l *smallLog) root() ([]byte, error) {
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	all := factory.NewEmptyRange(0)
	for _, leaf := range l.leaves {
		if err := all.Append(leaf, nil); err != nil {
			return nil, err
		}
	}
	return all.GetRootHash(nil)
}

func grow(skey, policyFile string) error {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	group, err := tessera.NewWitnessGroupFromPolicy(policy)
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithWitnesses(group, nil)
	log := &smallLog{}
	publish := options.CheckpointPublisher(log, http.DefaultClient)
	for _, size := range []int{1, 2, 7, 64, 150, 255} {
		for i := len(log.leaves); i < size; i++ {
			leaf := rfc6962.DefaultHasher.HashLeaf([]byte(fmt.Sprint("entry ", i)))
			log.leaves = append(log.leaves, leaf)
		}
		root, err := log.root()
		if err != nil {
			return err
		}
		cosigned, err := publish(context.Background(), uint64(size), root)
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
		if !group.Satisfied(cosigned) {
			return fmt.Errorf("size %d: the policy is not met", size)
		}
		log.checkpoint = cosigned
		if size == 64 {
			log.checkpoint = nil // a log that forgot what it published asks again from 0
		}
	}
	os.Stdout.Write(log.checkpoint)
	return nil
}

func open(file, logKey string, witnesses []string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(logKey)
	if err != nil {
		return err
	}
	known := []note.Verifier{verifier}
	for _, vkey := range witnesses {
		verifier, err := f_note.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return err
		}
		known = append(known, verifier)
	}
	opened, err := note.Open(raw, note.VerifierList(known...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != len(known) {
		return fmt.Errorf("%d signatures of %d", len(opened.Sigs), len(known))
	}
	return nil
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "keygen":
		skey, vkey, err := note.GenerateKey(rand.Reader, "go.test/log")
		if err == nil {
			fmt.Printf("%s\n%s\n", skey, vkey)
		}
		return err
	case len(arguments) == 3 && arguments[0] == "grow":
		return grow(arguments[1], arguments[2])
	case len(arguments) >= 3 && arguments[0] == "open":
		return open(arguments[1], arguments[2], arguments[3:])
	}
	return errors.New("usage: witness keygen | grow SKEY POLICY-FILE | open FILE LOG-VKEY VKEY...")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "witness:", err)
		os.Exit(1)
	}
}
