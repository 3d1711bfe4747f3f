// A client of the Container Runtime Interface, as small as the tests need it: one call, the request as
// JSON on standard input, the answer as JSON on standard output.
//
//	cri SOCKET RunPodSandbox <request.json
//
// A call that the engine refuses ends with exit code 1 and the engine's own sentence on standard error;
// a request that the client does not understand with 2. The names of members are those of the API
// (schema.go). gRPC is spoken by hand: one HTTP/2 request over the engine's Unix socket, without TLS.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

const (
	exitRefused = 1
	exitUsage   = 2
)

func fail(code int, words ...interface{}) {
	fmt.Fprintln(os.Stderr, words...)
	os.Exit(code)
}

func main() {
	if len(os.Args) != 3 {
		fail(exitUsage, "usage: cri SOCKET METHOD <request.json")
	}
	socket, method := os.Args[1], os.Args[2]
	var request map[string]interface{}
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&request); err != nil {
		fail(exitUsage, "cri: the request is no JSON object:", err)
	}
	encoded, err := encode(method+"Request", request)
	if err != nil {
		fail(exitUsage, "cri:", err)
	}
	answer, err := call(socket, "/runtime.v1.RuntimeService/"+method, encoded)
	if err != nil {
		fail(exitRefused, err)
	}
	decoded, err := decode(method+"Response", answer)
	if err != nil {
		fail(exitUsage, "cri:", err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(decoded); err != nil {
		fail(exitUsage, "cri:", err)
	}
}
