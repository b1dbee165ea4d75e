// redigo: Go programs, with its pool
package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

var checks, failed int

func same(got, wanted interface{}, name string) {
	checks++
	if reflect.DeepEqual(got, wanted) {
		fmt.Printf("ok %d - %s\n", checks, name)
		return
	}
	failed++
	fmt.Printf("not ok %d - %s\n# got %.500q, not %.500q\n", checks, name, fmt.Sprint(got), fmt.Sprint(wanted))
}

func fails(part string, err error, name string) {
	same(err != nil && strings.HasPrefix(err.Error(), part), true, name)
}

func values(c redis.Conn) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	c.Do("SET", every, every)
	got, _ := redis.Bytes(c.Do("GET", every))
	same(got, every, "every byte comes back, in keys, too")
	large := bytes.Repeat(every, 4096)
	c.Do("SET", "large", large)
	got, _ = redis.Bytes(c.Do("GET", "large"))
	same(bytes.Equal(got, large), true, "a megabyte comes back")
	_, err := redis.String(c.Do("GET", "missing"))
	same(err, redis.ErrNil, "what is missing is ErrNil")
	ok, _ := redis.String(c.Do("MSET", redis.Args{}.AddFlat(map[string]int{"a": 1, "b": 2})...))
	same(ok, "OK", "MSET of a map")
	list, _ := redis.Strings(c.Do("MGET", "a", "missing", "b"))
	same(list, []string{"1", "", "2"}, "MGET as strings")
	number, _ := redis.Int(c.Do("INCRBY", "a", 41))
	float, _ := redis.Float64(c.Do("INCRBYFLOAT", "b", 0.5))
	same([]interface{}{number, float}, []interface{}{42, 2.5}, "INCRBY, INCRBYFLOAT")
	_, err = redis.String(c.Do("SET", "a", 9, "NX"))
	same(err, redis.ErrNil, "SET NX")
	found, _ := redis.Bool(c.Do("EXISTS", "a"))
	same(found, true, "EXISTS as a bool")
}

func expiry(c redis.Conn) {
	c.Do("SET", "soon", "x", "EX", 1000)
	ttl, _ := redis.Int(c.Do("TTL", "soon"))
	same(ttl > 990 && ttl <= 1000, true, "EX, TTL")
	c.Do("PEXPIREAT", "soon", 1)
	_, err := redis.String(c.Do("GET", "soon"))
	same(err, redis.ErrNil, "what is over is gone")
}

func pipelines(c redis.Conn) {
	for i := 0; i < 2000; i++ {
		c.Send("SET", fmt.Sprint("pipe:", i), i)
		c.Send("GET", fmt.Sprint("pipe:", i))
	}
	c.Flush()
	right := 0
	for i := 0; i < 2000; i++ {
		ok, _ := redis.String(c.Receive())
		number, _ := redis.Int(c.Receive())
		if ok == "OK" && number == i {
			right++
		}
	}
	same(right, 2000, "four thousand commands in a pipeline")
	seen, cursor := map[string]bool{}, "0"
	for {
		page, _ := redis.Values(c.Do("SCAN", cursor, "MATCH", "pipe:*", "COUNT", 100))
		cursor, _ = redis.String(page[0], nil)
		keys, _ := redis.Strings(page[1], nil)
		for _, key := range keys {
			seen[key] = true
		}
		if cursor == "0" {
			break
		}
	}
	same(len(seen), 2000, "SCAN finds each")
}

func errors(c redis.Conn) {
	c.Do("SET", "text", "abc")
	_, err := c.Do("INCR", "text")
	fails("ERR value is not an integer", err, "a text is no number")
	_, err = c.Do("NOSUCH", "a")
	fails("ERR unknown command 'NOSUCH'", err, "an unknown command")
	_, err = c.Do("GET")
	fails("ERR wrong number of arguments for 'get'", err, "an argument too few")
	same(c.Err(), nil, "the connection is as good as before")
}

func pool(address string) {
	p := &redis.Pool{
		MaxIdle: 4, MaxActive: 8, Wait: true,
		Dial: func() (redis.Conn, error) { return redis.Dial("tcp", address, redis.DialDatabase(3)) },
		TestOnBorrow: func(c redis.Conn, _ time.Time) error {
			_, err := c.Do("PING")
			return err
		},
	}
	var all sync.WaitGroup
	for i := 0; i < 16; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 50; j++ {
				c := p.Get()
				c.Do("INCR", "shared")
				c.Close()
			}
		}()
	}
	all.Wait()
	c := p.Get()
	defer c.Close()
	sum, _ := redis.Int(c.Do("GET", "shared"))
	size, _ := redis.Int(c.Do("DBSIZE"))
	same([]int{sum, size}, []int{800, 1}, "a pool of 8 connections counts to 800, in another database")

	killed, _ := redis.Int(c.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
	again, err := redis.Int(p.Get().Do("GET", "shared"))
	same([]interface{}{killed > 0, again, err}, []interface{}{true, 800, nil}, "killed connections are not taken from the pool")
}

func main() {
	address := "127.0.0.1:" + os.Args[1]
	c, err := redis.Dial("tcp", address)
	same(err, nil, "connects with its defaults")
	pong, _ := redis.String(c.Do("PING"))
	same(pong, "PONG", "PING")
	c.Do("FLUSHALL")
	values(c)
	expiry(c)
	pipelines(c)
	errors(c)
	pool(address)
	fmt.Printf("1..%d\n", checks)
	if failed > 0 {
		os.Exit(1)
	}
}
