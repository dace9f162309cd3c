package main

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// begin: enqueue

// Batch is the body of the message that hands a batch to the pipeline.
type Batch struct {
	BatchID     int64   `json:"batchId"`
	ListingID   int64   `json:"listingId"`
	Attempt     int     `json:"attempt"`
	Traceparent string  `json:"traceparent"` // of the request that completed the batch
	Assets      []Asset `json:"assets"`      // over 200 KiB: write {"assets": [...]} to S3, send manifestKey instead
}

// Enqueue sends the message. Sending the same attempt twice is harmless: the execution's name is made of both ids.
func Enqueue(ctx context.Context, client *sqs.Client, queueURL string, batch Batch) error {
	body, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	text := func(value string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:    aws.String(queueURL),
		MessageBody: aws.String(string(body)),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"Traceparent": text(batch.Traceparent),
			"ListingId":   text(strconv.FormatInt(batch.ListingID, 10)),
			"BatchId":     text(strconv.FormatInt(batch.BatchID, 10)),
		},
	})
	return err
}

// end: enqueue
