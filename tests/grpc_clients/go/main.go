// A client on Go's gRPC library, for tests/system/grpc_clients_test.py: a whole upload, followed on its progress stream,
// and one refused call.
//
//	client HOST:PORT FILE      prints "node ID", "progress STATE...", "refused CODE REASON DOMAIN"
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	api "example.org/put/longshorev1"
)

const (
	chunkBytes   = 1_000_000
	messageBytes = 100_000 // of a chunk that goes as a stream
)

type client struct {
	uploads api.UploadServiceClient
	data    []byte
}

func (c *client) chunks() int { return (len(c.data) + chunkBytes - 1) / chunkBytes }

func (c *client) chunk(number int) []byte {
	return c.data[number*chunkBytes : min(len(c.data), (number+1)*chunkBytes)]
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func (c *client) put(ctx context.Context, upload string, number int) error {
	isLast := number == c.chunks()-1
	if number%2 == 0 {
		_, err := c.uploads.UploadChunk(ctx, &api.UploadChunkRequest{
			UploadId: upload, ChunkNumber: int64(number), IsLast: isLast, Data: c.chunk(number)})
		return err
	}
	data := c.chunk(number)
	stream, err := c.uploads.UploadChunkStream(ctx)
	if err != nil {
		return err
	}
	message := &api.UploadChunkStreamRequest{Message: &api.UploadChunkStreamRequest_Header_{
		Header: &api.UploadChunkStreamRequest_Header{
			UploadId: upload, ChunkNumber: int64(number), IsLast: isLast, Size: proto.Int64(int64(len(data)))}}}
	err = stream.Send(message)
	for at := 0; err == nil && at < len(data); at += messageBytes {
		piece := data[at:min(len(data), at+messageBytes)]
		err = stream.Send(&api.UploadChunkStreamRequest{Message: &api.UploadChunkStreamRequest_Data{Data: piece}})
	}
	_, err = stream.CloseAndRecv() // why Send failed, if it did
	return err
}

// follow returns the states that the progress stream tells, to its end, each once. It closes begun at the first one, or
// when there is none.
func (c *client) follow(ctx context.Context, upload string, begun chan<- struct{}) (states []string, err error) {
	defer func() {
		if len(states) == 0 {
			close(begun)
		}
	}()
	stream, err := c.uploads.StreamUploadProgress(ctx, &api.StreamUploadProgressRequest{UploadId: upload})
	for err == nil {
		var now *api.UploadStatus
		if now, err = stream.Recv(); err != nil {
			break
		}
		if len(states) == 0 {
			close(begun)
		}
		if len(states) == 0 || states[len(states)-1] != now.State.String() {
			states = append(states, now.State.String())
		}
	}
	if err == io.EOF {
		err = nil
	}
	return states, err
}

// refused returns what the status of an upload that never was is answered.
func (c *client) refused(ctx context.Context) string {
	_, err := c.uploads.GetUploadStatus(ctx, &api.GetUploadStatusRequest{UploadId: "nobody-1"})
	answer := status.Convert(err)
	for _, detail := range answer.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return fmt.Sprintf("%d %s %s", answer.Code(), info.Reason, info.Domain)
		}
	}
	return fmt.Sprintf("%d without ErrorInfo", answer.Code())
}

func (c *client) run(ctx context.Context) error {
	begin, err := c.uploads.InitiateUpload(ctx, &api.InitiateUploadRequest{ConnectorId: "cli", Name: "go.bin",
		ExpectedSize: proto.Int64(int64(len(c.data))), ChunkSize: proto.Int64(chunkBytes)})
	if err != nil {
		return err
	}
	var states []string
	var followed, sent errgroup.Group
	begun := make(chan struct{})
	followed.Go(func() (err error) {
		states, err = c.follow(ctx, begin.UploadId, begun)
		return err
	})
	<-begun
	for number := 0; number < c.chunks(); number++ {
		number := number
		sent.Go(func() error { return c.put(ctx, begin.UploadId, number) })
	}
	if err := sent.Wait(); err != nil {
		return err
	}
	done, err := c.uploads.CompleteUpload(ctx, &api.CompleteUploadRequest{
		UploadId: begin.UploadId, TotalChunks: proto.Int64(int64(c.chunks()))})
	if err != nil {
		return err
	}
	if done.State != api.UploadState_COMPLETED || done.Size != int64(len(c.data)) {
		return fmt.Errorf("completed otherwise: %v", done)
	}
	if err := followed.Wait(); err != nil {
		return err
	}
	fmt.Printf("node %s\nprogress %s\nrefused %s\n", begin.NodeId, strings.Join(states, " "), c.refused(ctx))
	return nil
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: client HOST:PORT FILE")
	}
	data, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	channel, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()
	if err := (&client{api.NewUploadServiceClient(channel), data}).run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
