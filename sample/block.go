package sample

import (
	"math/rand/v2"
	"strconv"
)

// A sample is made in blocks of customers that know nothing of each other, so that cores share the work and the
// output is the same whoever does it. Rows are shuffled within their block.
const (
	blockCustomers = 2048
	maxCopies      = 4 // rows of one customer in one source
	blockRows      = blockCustomers * maxCopies
)

// The files, in the order of Summary.Files. The first three are the sources'.
const (
	ordersFile = numSources + iota
	truthFile
	numFiles
)

// block makes the rows of its customers. A block is used again after reset.
type block struct {
	people
	seed, number uint64
	first, n     int // its customers

	rows   [numSources][]*record
	bought []order

	out        [numFiles][]byte
	tally      [numSources + 1]tally // the last is the orders'
	counts     [numFiles]int64
	duplicates [numSources]int64
	truePairs  int64
	fields     []string
}

// reset prepares block number of a sample of so many customers.
func (b *block) reset(seed uint64, number, customers int) {
	first := number * blockCustomers
	next := block{
		people: people{
			r: rand.New(rand.NewPCG(seed, uint64(number))), //nolint:gosec // a sample must be the same again; it has no secrets
			l: loadLists(),
		},
		seed:   seed,
		number: uint64(number),
		first:  first,
		n:      min(blockCustomers, customers-first),
		bought: b.bought[:0],
		fields: b.fields[:0],
	}
	for i := range b.rows {
		next.rows[i] = b.rows[i][:0]
	}
	for i := range b.out {
		next.out[i] = b.out[i][:0]
	}
	*b = next
}

// make invents the block's people and writes their rows.
func (b *block) make() {
	for done := 0; done < b.n; {
		h := b.household(b.first+done, b.n-done)
		for i := range h.members {
			b.customer(&h.members[i])
		}
		done += len(h.members)
	}
	for s := range sources {
		b.writeSource(s)
	}
	b.writeOrders()
}

// presence is who is known where, in percent.
var presence = [...]struct {
	percent            int
	crm, shop, loyalty bool
}{
	{82, true, true, true},
	{5, true, true, false},
	{4, true, false, true},
	{3, false, true, true},
	{3, true, false, false},
	{2, false, true, false},
	{1, false, false, true},
}

func (b *block) customer(m *person) {
	n := b.r.IntN(100)
	rows := int64(0)
	for _, p := range presence {
		if n -= p.percent; n >= 0 {
			continue
		}
		for s, known := range [numSources]bool{p.crm, p.shop, p.loyalty} {
			if known {
				rows += b.appear(m, s)
			}
		}
		break
	}
	b.truePairs += rows * (rows - 1) / 2
}

// appear adds the person's rows in a source: one, and more for those who signed up again.
func (b *block) appear(m *person, s int) int64 {
	rows := int64(1)
	for p := 0.07; rows < maxCopies && b.chance(p); p = 0.15 {
		rows++
	}
	for range rows {
		r := b.record(m, s)
		b.rows[s] = append(b.rows[s], r)
		if s == shop {
			b.orders(r)
		}
	}
	b.duplicates[s] += rows - 1
	return rows
}

func (b *block) writeSource(s int) {
	src, rows := sources[s], b.rows[s]
	b.r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	for i, r := range rows {
		r.index = b.number*blockRows + uint64(i)
		b.fields = src.fields(b.fields[:0], r)
		b.truth(src, r)
		b.writeRow(s, src, &b.tally[s])
	}
}

func (b *block) writeOrders() {
	b.r.Shuffle(len(b.bought), func(i, j int) { b.bought[i], b.bought[j] = b.bought[j], b.bought[i] })
	for i := range b.bought {
		id := b.number*blockRows*maxOrders + uint64(i)
		b.fields = b.bought[i].fields(b.fields[:0], id)
		b.writeRow(ordersFile, &ordersSource, &b.tally[numSources])
	}
}

// truth says whose row b.fields is. Its key is the first field.
func (b *block) truth(src *source, r *record) {
	t := append(b.out[truthFile], src.name...)
	t = append(append(t, ','), b.fields[0]...)
	t = append(t, ",P"...)
	b.out[truthFile] = append(appendPadded(t, r.person.id+1, 9), '\n')
	b.counts[truthFile]++
}

// writeRow writes b.fields as one line of a file, which is corrupt now and then.
func (b *block) writeRow(file int, src *source, t *tally) {
	out := b.out[file]
	shares := &kindFacts
	switch {
	case t.note(corruptColumns, b.chance(shares[corruptColumns].share)):
		out = src.format.appendRow(out, b.wrongColumns())
	case t.note(corruptDate, b.chance(shares[corruptDate].share)):
		b.fields[src.dateColumn[b.r.IntN(len(src.dateColumn))]] = b.noDate(src.dates)
		out = src.format.appendRow(out, b.fields)
	case t.note(corruptQuote, b.chance(shares[corruptQuote].share)):
		out = src.format.appendStrayQuote(out, b.fields, src.nameColumn)
	default:
		out = src.format.appendRow(out, b.fields)
	}
	b.out[file] = out
	b.counts[file]++
}

// wrongColumns drops up to three columns, or adds one.
func (b *block) wrongColumns() []string {
	if b.r.IntN(2) == 0 {
		return b.fields[:len(b.fields)-b.between(1, 3)]
	}
	return append(b.fields, "moved "+strconv.Itoa(b.between(2017, 2025)))
}

// noDate is text that looks like a date of the source and is none, or a word.
func (b *block) noDate(order dateOrder) string {
	switch b.r.IntN(4) {
	case 0:
		return order.format(b.between(1950, 2005), 2, 31)
	case 1:
		return order.format(0, 0, 0)
	case 2:
		return order.format(b.between(1950, 2005), 13, b.between(13, 28))
	}
	return [...]string{"unknown", "n/a", "refused", "?"}[b.r.IntN(4)]
}

// guid draws the key of a row in a system that uses GUIDs.
func (b *block) guid() string {
	const hex = "0123456789abcdef"
	high, low := b.r.Uint64(), b.r.Uint64()
	high = high&^0xf000 | 0x4000         // version 4
	low = low&^(0xc000<<48) | 0x8000<<48 // variant 1
	text := make([]byte, 0, 36)
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			text = append(text, '-')
		}
		word := high
		if i >= 16 {
			word = low
		}
		text = append(text, hex[word>>(60-i%16*4)&0xf])
	}
	return string(text)
}
