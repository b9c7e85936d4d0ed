package microsoft

import (
	"cmp"
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	idleTimeout      = 90 * time.Second
	handshakeTimeout = 10 * time.Second
	// tryTimeout is longer than a page of a recursive change of lists takes.
	tryTimeout = 2 * time.Minute
)

// Options say as whom to call which cloud. Cloud and Credential are required.
type Options struct {
	Cloud      Cloud
	Credential azcore.TokenCredential
	// Retry says how often, and after which delays, a request is repeated whose answer is "too many requests" or that the
	// service failed. Zero values are five times, from one second on; a service's Retry-After goes first, up to five minutes.
	Retry policy.RetryOptions
	// Wait waits until the directory has told its replicas of a new object, or returns the context's error. Nil waits.
	Wait func(ctx context.Context, d time.Duration) error

	transport policy.Transporter // of tests
}

// client are the options of Microsoft's clients.
func (o Options) client() policy.ClientOptions {
	c := policy.ClientOptions{Cloud: o.Cloud.configuration(), Transport: o.Cloud.client(), Retry: o.retry()}
	if o.transport != nil {
		c.Transport = o.transport
	}
	c.Telemetry.ApplicationID = "ownlake"
	return c
}

// retry is more patient than the client's own: Graph asks for minutes at times ("Microsoft Graph throttling guidance").
func (o Options) retry() policy.RetryOptions {
	r := o.Retry
	r.MaxRetries = cmp.Or(r.MaxRetries, 5)
	r.MaxRetryDelay = cmp.Or(r.MaxRetryDelay, 5*time.Minute)
	r.TryTimeout = cmp.Or(r.TryTimeout, tryTimeout)
	return r
}

func (o Options) credential() azcore.TokenCredential { return marked{o.Credential} }

// pauses are those between the tries of a call about an object that was just made: two minutes in all. The scripts of
// reference BYOL section 1 give up after 50 seconds, which tenants were seen to exceed.
var pauses = []time.Duration{
	time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second, 30 * time.Second, 30 * time.Second,
}

// settle repeats a call for as long as its error is that the directory has not heard yet.
func (o Options) settle(ctx context.Context, unheard func(error) bool, call func() error) error {
	wait := o.Wait
	if wait == nil {
		wait = pause
	}
	err := call()
	for _, d := range pauses {
		if err == nil || !unheard(err) {
			return err
		}
		if waitErr := wait(ctx, d); waitErr != nil {
			return waitErr
		}
		err = call()
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
