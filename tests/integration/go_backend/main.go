// A backend in Go, as far as the pipeline sees one: it presigns and uploads a batch, enqueues it and takes its callback.
//
//	go run . < job.json
//
// It prints "listening" with the callback's address once it takes callbacks, then works the batch off, and ends with the
// callback's body on standard output.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Job is what to do, as JSON on standard input.
type Job struct {
	Bucket   string   `json:"bucket"`
	QueueURL string   `json:"queueUrl"`
	Listen   string   `json:"listen"` // host:port of the callback's receiver
	Secrets  []string `json:"secrets"`
	Batch    Batch    `json:"batch"` // sizes and checksums are filled in from the files
	Files    []string `json:"files"` // one for each asset of the batch
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	body, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(body)
}

func run(ctx context.Context) ([]byte, error) {
	var job Job
	if err := json.NewDecoder(os.Stdin).Decode(&job); err != nil {
		return nil, fmt.Errorf("standard input is no job: %w", err)
	}
	settings, err := config.LoadDefaultConfig(ctx) // region, credentials and endpoint come from the environment
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", job.Listen)
	if err != nil {
		return nil, err
	}
	arrived := make(chan []byte, 1)
	apply := func(callback Callback, body []byte) {
		if callback.BatchID == job.Batch.BatchID {
			arrived <- body
		}
	}
	go http.Serve(listener, &Receiver{Secrets: job.Secrets, Apply: apply})

	store := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	if err := uploadAll(ctx, s3.NewPresignClient(store), &job); err != nil {
		return nil, err
	}
	if err := Enqueue(ctx, sqs.NewFromConfig(settings), job.QueueURL, job.Batch); err != nil {
		return nil, err
	}
	select {
	case body := <-arrived:
		return body, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no callback for batch %d: %w", job.Batch.BatchID, ctx.Err())
	}
}

func uploadAll(ctx context.Context, presigner *s3.PresignClient, job *Job) error {
	for i, file := range job.Files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(content)
		asset := &job.Batch.Assets[i]
		asset.Bytes, asset.ChecksumSHA256 = int64(len(content)), hex.EncodeToString(digest[:])
		signed, err := PresignUpload(ctx, presigner, job.Bucket, *asset)
		if err != nil {
			return err
		}
		if err := Upload(ctx, http.DefaultClient, signed, content); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}
