// Reads the alert log from Go (nothing to install) with a consumer group of its own. With go-redis the same commands
// are XGroupCreateMkStream, XAutoClaim, XReadGroup and XAck.
//
//	go run examples/redis_group.go redis://127.0.0.1:6379/0 my-group [how many] [key]
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

var in *bufio.Reader
var out net.Conn

// reply reads one reply of the protocol: a string, a list, or nil.
func reply() (any, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(line[1:], "\r\n")
	size, _ := strconv.Atoi(text)
	switch {
	case line[0] == '-':
		return nil, errors.New(text)
	case line[0] == '+' || line[0] == ':':
		return text, nil
	case size < 0:
		return nil, nil
	case line[0] == '$':
		data := make([]byte, size+2)
		_, err = io.ReadFull(in, data)
		return string(data[:size]), err
	}
	values := make([]any, size)
	for i := range values {
		if values[i], err = reply(); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func redis(words ...string) (any, error) {
	fmt.Fprintf(out, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(out, "$%d\r\n%s\r\n", len(word), word)
	}
	return reply()
}

func must(value any, err error) any {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	group, count, key := os.Args[2], math.MaxInt, "tocsin:{p0}:alerts"
	if len(os.Args) > 3 {
		count, _ = strconv.Atoi(os.Args[3])
	}
	if len(os.Args) > 4 {
		key = os.Args[4]
	}
	server, err := url.Parse(os.Args[1])
	if err != nil {
		log.Fatal("expected an address such as redis://127.0.0.1:6379/0")
	}
	if out, err = net.Dial("tcp", server.Host); err != nil {
		log.Fatal(err)
	}
	in = bufio.NewReader(out)
	if password, given := server.User.Password(); given {
		must(redis("AUTH", password))
	}
	// docs: from here on
	if _, err := redis("XGROUP", "CREATE", key, group, "0", "MKSTREAM"); err != nil && !strings.Contains(err.Error(), "BUSYGROUP") {
		log.Fatal(err)
	}
	for done := 0; done < count; {
		entries := must(redis("XAUTOCLAIM", key, group, "one", "60000", "0", "COUNT", "10")).([]any)[1].([]any) // of a reader that died
		if len(entries) == 0 {
			found := must(redis("XREADGROUP", "GROUP", group, "one", "COUNT", "10", "BLOCK", "5000", "STREAMS", key, ">"))
			if found == nil {
				continue
			}
			entries = found.([]any)[0].([]any)[1].([]any)
		}
		for _, entry := range entries {
			id, fields := entry.([]any)[0].(string), entry.([]any)[1].([]any)
			var event struct{ ID, Type string }
			if err := json.Unmarshal([]byte(fields[1].(string)), &event); err != nil {
				log.Fatal(err)
			}
			fmt.Println(event.ID, event.Type)
			must(redis("XACK", key, group, id)) // after the work is done; never XDEL: others read the log too
			done++
		}
	}
	// docs: up to here
}
