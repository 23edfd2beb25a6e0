// A whole upload by Go's net/http, four parts at a time, each repeated until it is taken.   go_client URL FILE
// Prints the node's id.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

const chunk = 1_000_000

// A broken connection, "busy" and "come back later" are no answers: every call may be repeated.
func call(method, url, contentType string, body []byte) (answer struct{ UploadId, NodeId, State string }) {
	var last error
	for attempt := 1; attempt <= 30; attempt++ {
		wait := time.Duration(attempt) * 100 * time.Millisecond
		request, err := http.NewRequest(method, url, bytes.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		request.Header.Set("Content-Type", contentType)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			var text []byte
			text, err = io.ReadAll(response.Body)
			response.Body.Close()
			if status := response.StatusCode; err == nil && status < 300 {
				if err := json.Unmarshal(text, &answer); err != nil {
					log.Fatal(err)
				}
				return answer
			} else if status < 500 && status != 409 && status != 429 {
				log.Fatalf("refused: %s", text)
			}
			if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
				wait = time.Duration(seconds) * time.Second
			}
		}
		last = err
		time.Sleep(wait)
	}
	log.Fatalf("given up: %v", last)
	return
}

func main() {
	server := os.Args[1]
	data, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	count := (len(data) + chunk - 1) / chunk
	post := func(path string, fields map[string]any) struct{ UploadId, NodeId, State string } {
		body, _ := json.Marshal(fields)
		return call("POST", server+path, "application/json", body)
	}
	begun := post("/v1/uploads", map[string]any{
		"connectorId": "go", "name": "file.bin", "idempotencyKey": fmt.Sprintf("go-%d-%d", os.Getpid(), time.Now().UnixNano()),
		"expectedSize": len(data), "chunkSize": chunk})
	uploads := server + "/v1/uploads/" + begun.UploadId
	numbers := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < 4; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := range numbers {
				part := data[n*chunk:]
				if len(part) > chunk {
					part = part[:chunk]
				}
				call("PUT", fmt.Sprintf("%s/parts/%d", uploads, n), "application/octet-stream", part)
			}
		}()
	}
	for n := 0; n < count; n++ {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
	for done := begun; done.State != "COMPLETED"; {
		done = post("/v1/uploads/"+begun.UploadId+"/complete", map[string]any{"totalChunks": count})
	}
	fmt.Println(begun.NodeId)
}
