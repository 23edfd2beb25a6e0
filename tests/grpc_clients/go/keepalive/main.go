// Go's gRPC library keeping a channel alive, for tests/system/grpc_clients_test.py: it pings as often as the library
// does at most, with a call under way and without one.
//
//	keepalive HOST:PORT      prints "kept" when the connection has stood for three pings
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	api "example.org/put/longshorev1"
)

const (
	interval = 10 * time.Second // the library takes no less
	half     = interval + interval/2
)

// stays tells whether the connection is the same for so long.
func stays(channel *grpc.ClientConn, how time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), how)
	defer cancel()
	return channel.GetState() == connectivity.Ready && !channel.WaitForStateChange(ctx, connectivity.Ready)
}

func run(channel *grpc.ClientConn) error {
	uploads := api.NewUploadServiceClient(channel)
	begun, err := uploads.InitiateUpload(context.Background(), &api.InitiateUploadRequest{ConnectorId: "cli", Name: "kept"})
	if err != nil {
		return err
	}
	if !stays(channel, half) {
		return fmt.Errorf("the connection did not last without a call")
	}
	stream, err := uploads.StreamUploadProgress(context.Background(), &api.StreamUploadProgressRequest{UploadId: begun.UploadId})
	if err != nil {
		return err
	}
	if _, err = stream.Recv(); err != nil {
		return err
	}
	if !stays(channel, half) {
		return fmt.Errorf("the connection did not last with a call")
	}
	fmt.Println("kept")
	return nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: keepalive HOST:PORT")
	}
	pings := keepalive.ClientParameters{Time: interval, Timeout: interval / 5, PermitWithoutStream: true}
	channel, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithKeepaliveParams(pings))
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()
	if err := run(channel); err != nil {
		log.Fatal(err)
	}
}
