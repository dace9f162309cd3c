package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Asset is one element of the message's assets.
type Asset struct {
	Key            string `json:"key"`
	AssetType      string `json:"assetType"`
	ContentType    string `json:"contentType"`
	Bytes          int64  `json:"bytes"`
	ChecksumSHA256 string `json:"checksumSha256"` // 64 hex digits, as the database keeps it
	Sequence       int    `json:"sequence"`
	Title          string `json:"title,omitempty"`
}

// begin: presign

// PresignUpload makes the URL under which a client may PUT exactly this asset: the key, size, type, content and tag are
// all signed. It fails where the SDK would move the checksum into the URL, since S3 then stores none.
func PresignUpload(ctx context.Context, client *s3.PresignClient, bucket string, asset Asset) (*v4.PresignedHTTPRequest, error) {
	digest, err := hex.DecodeString(asset.ChecksumSHA256)
	if err != nil || len(digest) != sha256.Size {
		return nil, fmt.Errorf("%s: checksumSha256 must be 64 hex digits", asset.Key)
	}
	request, err := client.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket:         aws.String(bucket),
		Key:            aws.String(asset.Key),
		ContentType:    aws.String(asset.ContentType),
		ContentLength:  aws.Int64(asset.Bytes),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(digest)), // S3 wants base64
		Tagging:        aws.String("stage=raw"),                               // the bucket's Glacier rule filters by it
	})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"X-Amz-Checksum-Sha256", "X-Amz-Tagging", "Content-Type", "Content-Length"} {
		if request.SignedHeader.Get(name) == "" {
			return nil, fmt.Errorf("%s is not among the signed headers: use aws-sdk-go-v2 core 1.44 or newer", name)
		}
	}
	return request, nil
}

// end: presign

// begin: upload

// Upload does what the photographer's app does: a PUT of the content with the signed headers and no others.
func Upload(ctx context.Context, client *http.Client, signed *v4.PresignedHTTPRequest, content []byte) error {
	request, err := http.NewRequestWithContext(ctx, signed.Method, signed.URL, bytes.NewReader(content))
	if err != nil {
		return err
	}
	for name, values := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" { // net/http sets both
			request.Header[name] = values
		}
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		reason, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("upload refused with %s: %s", answer.Status, reason)
	}
	return nil
}

// end: upload
