package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// begin: verify

// Verify accepts a body that one of the secrets signed, in both ways and within five minutes. While a secret is being
// rotated there are two.
func Verify(body []byte, header http.Header, secrets []string) error {
	claimed := []byte(header.Get("X-Toq-Signature"))
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if !hmac.Equal(claimed, []byte(hex.EncodeToString(mac.Sum(nil)))) {
			continue
		}
		webhook, err := standardwebhooks.NewWebhookRaw(webhookKey(secret))
		if err != nil {
			return err
		}
		return webhook.Verify(body, header)
	}
	return errors.New("X-Toq-Signature does not fit the body")
}

// webhookKey is the secret as Standard Webhooks uses it: base64 after "whsec_", anything else is its own UTF-8.
func webhookKey(secret string) []byte {
	if encoded, found := strings.CutPrefix(secret, "whsec_"); found {
		if key, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return key
		}
	}
	return []byte(secret)
}

// end: verify

// begin: receive

// Callback holds the members by which a delivery is ordered; the rest of the body is in docs/backend.md.
type Callback struct {
	EventID   string `json:"eventId"`
	BatchID   int64  `json:"batchId"`
	ListingID int64  `json:"listingId"`
	Attempt   int    `json:"attempt"`
	Status    string `json:"status"`
	Jobs      []struct {
		Provider   string `json:"provider"`
		FinishedAt string `json:"finishedAt"` // RFC 3339 in UTC, milliseconds: sorts as text
	} `json:"jobs"`
}

// ConcludedAt is when the pipeline came to this result; unlike sentAt it is the same in every delivery of it.
func (c Callback) ConcludedAt() string {
	for _, job := range c.Jobs {
		if job.Provider == "STEP_FUNCTIONS" {
			return job.FinishedAt
		}
	}
	return ""
}

// Receiver applies callbacks. A real one keeps `last` in processing_metadata_json, read and written under the lock of
// the batch's row (SELECT ... FOR UPDATE) in the transaction that also writes assets and jobs.
type Receiver struct {
	Secrets []string
	Apply   func(Callback, []byte)
	mutex   sync.Mutex
	last    map[int64]Callback
}

// ServeHTTP answers 2xx for what is stored or was stored before, 401 for what is not signed, 400 for what is no callback.
// The pipeline gives up on 4xx but for 408, 425 and 429, and repeats everything else.
func (r *Receiver) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, 32<<20)) // 10,000 assets have about 10 MiB
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	if err := Verify(body, request.Header, r.Secrets); err != nil {
		http.Error(answer, err.Error(), http.StatusUnauthorized)
		return
	}
	var callback Callback
	if err := json.Unmarshal(body, &callback); err != nil || callback.EventID != request.Header.Get("webhook-id") {
		http.Error(answer, "the body is no callback, or eventId and webhook-id differ", http.StatusBadRequest)
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.isNew(callback) {
		r.Apply(callback, body)
		if r.last == nil {
			r.last = map[int64]Callback{}
		}
		r.last[callback.BatchID] = callback
	}
	answer.WriteHeader(http.StatusOK)
}

// isNew says whether the callback changes anything: not when it was delivered before, is of an older attempt, or is an
// earlier result of the same attempt.
func (r *Receiver) isNew(callback Callback) bool {
	last, found := r.last[callback.BatchID]
	switch {
	case !found || callback.Attempt > last.Attempt:
		return true
	case callback.Attempt < last.Attempt || callback.EventID == last.EventID:
		return false
	}
	return callback.ConcludedAt() > last.ConcludedAt()
}

// end: receive
