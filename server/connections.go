package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// connections bounds how many connections a listener has at a time, so that clients exhaust neither memory nor file
// handles. At the limit a new connection takes the place of the one that has been idle longest; where all are busy it
// waits. So whoever holds connections without using them keeps nobody out.
//
// Wrap the outermost listener with [connections.listener] and give the server [connections.observe] as ConnState.
type connections struct {
	limit int

	mu     sync.Mutex
	change *sync.Cond // signalled when open or closed changes
	open   int
	closed bool
	idle   *list.List // of net.Conn, idle longest first
	at     map[net.Conn]*list.Element
}

// storeHandles are left to the store and its database, and to what else the process reads.
const storeHandles = 384

// connectionLimit is how many connections each of three listeners may have where the process may open so many files; 0 if
// nobody knows. A connection takes a handle for itself, and one for the content that it reads or writes.
func connectionLimit(handles uint64) int {
	if handles == 0 {
		return maxConnections
	}
	each := (int64(min(handles, 1<<31)) - storeHandles) / (3 * 2)
	return int(min(max(each, minConnections), maxConnections))
}

func newConnections(limit int) *connections {
	c := &connections{limit: limit, idle: list.New(), at: map[net.Conn]*list.Element{}}
	c.change = sync.NewCond(&c.mu)
	return c
}

func (c *connections) listener(ln net.Listener) net.Listener { return &boundedListener{ln, c} }

// observe follows a connection's life. The server calls it with StateNew before it accepts the next one.
func (c *connections) observe(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.at[conn]; ok {
		c.idle.Remove(e)
		delete(c.at, conn)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		if state == http.StateNew {
			c.open++
		}
		c.at[conn] = c.idle.PushBack(conn)
	case http.StateActive:
	case http.StateHijacked, http.StateClosed:
		c.open--
	}
	c.change.Broadcast() // one that is idle can make room, too
}

// makeRoom waits until the connection that was just accepted has a place.
func (c *connections) makeRoom() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.open >= c.limit && !c.closed {
		if e := c.idle.Front(); e != nil {
			if conn, ok := c.idle.Remove(e).(net.Conn); ok {
				delete(c.at, conn)
				_ = conn.Close() // the server sees it, and observe counts it
			}
		}
		c.change.Wait()
	}
}

type boundedListener struct {
	net.Listener
	connections *connections
}

func (l *boundedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.connections.makeRoom()
	}
	return conn, err
}

func (l *boundedListener) Close() error {
	l.connections.mu.Lock()
	l.connections.closed = true
	l.connections.change.Broadcast()
	l.connections.mu.Unlock()
	return l.Listener.Close()
}
