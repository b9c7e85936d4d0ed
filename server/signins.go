package server

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

const (
	// signInLife is how long a sign-in lasts: somewhat longer than it takes to fill in a form, and no longer than tokens do.
	signInLife = time.Hour
	// maxSignIns bounds how many there are at a time.
	maxSignIns = 100
)

// signIns are people's sign-ins to clouds, in memory. It implements [api.SignIns].
type signIns struct {
	clouds *clouds
	clock  func() time.Time

	mu    sync.Mutex
	byID  map[insights.SignInID]*heldSignIn
	group sync.WaitGroup // of those who wait for a person
	done  context.CancelFunc
	ctx   context.Context //nolint:containedctx // it ends those who wait when the server closes
}

type heldSignIn struct {
	insights.SignIn
	options microsoft.Options
	until   time.Time
	cancel  context.CancelFunc
}

func newSignIns(c *clouds, clock func() time.Time) *signIns {
	s := &signIns{clouds: c, clock: clock, byID: map[insights.SignInID]*heldSignIn{}}
	s.ctx, s.done = context.WithCancel(context.Background())
	return s
}

// close ends all sign-ins.
func (s *signIns) close() {
	s.done()
	s.group.Wait()
}

// Begin starts a sign-in. One by tokens is signed in at once; one by device code has the message for the person.
func (s *signIns) Begin(ctx context.Context, q insights.SignInRequest) (insights.SignIn, error) {
	const op errs.Op = "server.signIns.Begin"
	cloud, err := s.clouds.find(ctx, q.Cloud)
	if err != nil {
		return insights.SignIn{}, errs.E(op, err)
	}
	in := &heldSignIn{SignIn: insights.SignIn{ID: insights.SignInID(rand.Text()), State: insights.SignInPending}, options: microsoft.Options{Cloud: cloud}}
	in.until = s.clock().Add(signInLife)
	switch q.Method {
	case insights.ByTokens:
		err = s.byTokens(ctx, in, q)
	case insights.ByDeviceCode:
		err = s.byDeviceCode(ctx, in, q.Tenant)
	default:
		err = errs.E(errs.Invalid, errs.Item(q.Method), "no way to sign in", errs.Hint("use deviceCode, or tokens"))
	}
	if err != nil {
		return insights.SignIn{}, errs.E(op, err)
	}
	return s.Get(ctx, in.ID)
}

func (s *signIns) byTokens(ctx context.Context, in *heldSignIn, q insights.SignInRequest) error {
	in.options.Credential = microsoft.StaticTokens{
		{Audience: managerAudience(in.options.Cloud), Token: q.ManagerToken.Reveal()},
		{Audience: microsoft.StorageAudience, Token: q.StorageToken.Reveal()},
		{Audience: in.options.Cloud.Graph, Token: q.GraphToken.Reveal()},
	}
	in.cancel = func() {}
	var err error
	if in.Person, err = microsoft.NewManager(in.options).Identity(ctx); err != nil {
		return err
	}
	in.State = insights.SignedIn
	return s.keep(in)
}

// byDeviceCode waits for the message that the person needs, and leaves the rest to go on.
func (s *signIns) byDeviceCode(ctx context.Context, in *heldSignIn, tenant string) error {
	told := make(chan string, 1)
	cred, err := microsoft.DeviceCodeCredential(in.options.Cloud, tenant, func(message string) {
		select {
		case told <- message:
		default: // a second code is for a token that the person is not asked for here
		}
	})
	if err != nil {
		return err
	}
	in.options.Credential = cred
	waiting, cancel := context.WithTimeout(s.ctx, signInLife)
	in.cancel = cancel
	ended := make(chan error, 1)
	s.group.Go(func() {
		person, err := microsoft.NewManager(in.options).Identity(waiting)
		s.settle(in, person, err)
		ended <- err
	})
	select {
	case message := <-told:
		s.ask(in, message)
		return s.keep(in)
	case err := <-ended:
		cancel()
		return errs.E(errs.Unavailable, "the cloud gives no code to sign in by", err)
	case <-ctx.Done():
		cancel()
		return ctx.Err()
	}
}

// ask notes what a person has to do, if he has not done it.
func (s *signIns) ask(in *heldSignIn, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.State == insights.SignInPending {
		in.Message = message
	}
}

// settle notes what a person's sign-in came to.
func (s *signIns) settle(in *heldSignIn, person insights.Identity, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.Person, in.Message, in.State = person, "", insights.SignedIn
	if err != nil {
		in.Message, in.State = err.Error(), insights.SignInFailed
	}
}

// keep makes a sign-in known by its id. Where too many are, the oldest ends.
func (s *signIns) keep(in *heldSignIn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropExpired()
	if len(s.byID) >= maxSignIns {
		oldest := in
		for _, other := range s.byID {
			if other.until.Before(oldest.until) {
				oldest = other
			}
		}
		s.drop(oldest)
	}
	s.byID[in.ID] = in
	return nil
}

func (s *signIns) dropExpired() {
	now := s.clock()
	for _, in := range s.byID {
		if !now.Before(in.until) {
			s.drop(in)
		}
	}
}

func (s *signIns) drop(in *heldSignIn) {
	in.cancel()
	delete(s.byID, in.ID)
}

func (s *signIns) find(id insights.SignInID) (heldSignIn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropExpired()
	in, ok := s.byID[id]
	if !ok {
		return heldSignIn{}, errs.E(errs.NotFound, "there is no such sign-in, or it has ended", errs.Hint("sign in again"))
	}
	return *in, nil
}

// Get tells how far a sign-in is.
func (s *signIns) Get(_ context.Context, id insights.SignInID) (insights.SignIn, error) {
	in, err := s.find(id)
	return in.SignIn, errs.Wrap("server.signIns.Get", err)
}

// End forgets a sign-in.
func (s *signIns) End(_ context.Context, id insights.SignInID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in, ok := s.byID[id]; ok {
		s.drop(in)
	}
	return nil
}

// signedIn are the options of one whose person is there.
func (s *signIns) signedIn(id insights.SignInID) (microsoft.Options, error) {
	in, err := s.find(id)
	switch {
	case err != nil:
		return microsoft.Options{}, err
	case in.State == insights.SignInFailed:
		return microsoft.Options{}, errs.E(errs.Unauthorized, in.Message, errs.Hint("sign in again"))
	case in.State == insights.SignInPending:
		return microsoft.Options{}, errs.E(errs.Precondition, "nobody has signed in yet", errs.Hint(in.Message))
	}
	return in.options, nil
}

// SignedIn is the person for checks of rights.
func (s *signIns) SignedIn(_ context.Context, id insights.SignInID) (catalog.Caller, error) {
	o, err := s.signedIn(id)
	if err != nil {
		return nil, errs.E(errs.Op("server.signIns.SignedIn"), err)
	}
	return s.clouds.caller(o), nil
}

// Subscriptions are those that the person may see.
func (s *signIns) Subscriptions(ctx context.Context, id insights.SignInID) ([]insights.Subscription, error) {
	o, err := s.signedIn(id)
	if err != nil {
		return nil, errs.E(errs.Op("server.signIns.Subscriptions"), err)
	}
	return microsoft.NewManager(o).Subscriptions(ctx)
}

// ResourceGroups are those of a subscription.
func (s *signIns) ResourceGroups(ctx context.Context, id insights.SignInID, subscription string) ([]insights.ResourceGroup, error) {
	o, err := s.signedIn(id)
	if err != nil {
		return nil, errs.E(errs.Op("server.signIns.ResourceGroups"), err)
	}
	return microsoft.NewManager(o).ResourceGroups(ctx, subscription)
}

// StorageAccounts are those of a resource group.
func (s *signIns) StorageAccounts(ctx context.Context, id insights.SignInID, subscription, group string) ([]insights.StorageAccount, error) {
	o, err := s.signedIn(id)
	if err != nil {
		return nil, errs.E(errs.Op("server.signIns.StorageAccounts"), err)
	}
	return microsoft.NewManager(o).StorageAccounts(ctx, subscription, group)
}

// managerAudience is what tokens for a cloud's Resource Manager are for.
func managerAudience(c microsoft.Cloud) string {
	if c.ManagerAudience != "" {
		return c.ManagerAudience
	}
	return c.Manager
}
