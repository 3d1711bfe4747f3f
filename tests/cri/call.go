package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http2"
)

// A message on the wire: one byte that says whether it is compressed, its length, the message
// (the gRPC protocol over HTTP/2, "Length-Prefixed-Message").
const prefixBytes = 5

// Longer than an engine under emulation takes to start a container.
const patience = 5 * time.Minute

func client(socket string) *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: &http2.Transport{
			AllowHTTP: true,
			DialTLS: func(string, string, *tls.Config) (net.Conn, error) {
				return net.Dial("unix", socket)
			},
		},
	}
}

func framed(message []byte) []byte {
	frame := make([]byte, prefixBytes, prefixBytes+len(message))
	binary.BigEndian.PutUint32(frame[1:], uint32(len(message)))
	return append(frame, message...)
}

func unframed(frame []byte) ([]byte, error) {
	if len(frame) < prefixBytes || frame[0] != 0 {
		return nil, fmt.Errorf("the answer of %d bytes is no plain gRPC message", len(frame))
	}
	message := frame[prefixBytes:]
	if uint64(binary.BigEndian.Uint32(frame[1:])) != uint64(len(message)) {
		return nil, errors.New("the answer is not one message")
	}
	return message, nil
}

// refusal is nil where the engine said that all went well. What it says of a failure is percent-encoded.
func refusal(response *http.Response) error {
	status := response.Trailer.Get("grpc-status")
	said := response.Trailer.Get("grpc-message")
	if status == "" { // an answer of headers alone
		status = response.Header.Get("grpc-status")
		said = response.Header.Get("grpc-message")
	}
	if status == "0" {
		return nil
	}
	if plain, err := url.PathUnescape(said); err == nil {
		said = plain
	}
	return fmt.Errorf("status %s: %s", status, said)
}

// call makes one unary call; the error is the engine's sentence where the engine refused.
func call(socket, path string, message []byte) ([]byte, error) {
	request, err := http.NewRequest(http.MethodPost, "http://cri"+path, bytes.NewReader(framed(message)))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := client(socket).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	frame, err := io.ReadAll(response.Body) // the trailers are there only when it is read
	if err != nil {
		return nil, err
	}
	if err := refusal(response); err != nil {
		return nil, err
	}
	return unframed(frame)
}
