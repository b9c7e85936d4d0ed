package sample

import "strconv"

// maxOrders bounds the orders of one shop account.
const maxOrders = 12

var ordersSource = source{
	name: "Shop_Orders", path: "shop/orders.csv", format: csvFormat{delimiter: ';', quoteAll: true},
	header:     []string{"order_id", "customer_no", "order_date", "amount", "product", "channel"},
	dates:      dayFirst,
	dateColumn: []int{2},
	nameColumn: 4,
}

// products with their prices in cents.
var products = [...]struct {
	name  string
	cents int
}{
	{"Espresso machine", 34900},
	{"Filter coffee maker", 7900},
	{"Coffee beans 1 kg", 2190},
	{"Coffee grinder", 11900},
	{"Milk frother", 4990},
	{"Kettle", 5490},
	{"Toaster", 6490},
	{"Stand mixer", 39900},
	{"Hand blender", 5990},
	{"Cast iron pan", 8900},
	{"Saucepan set", 15900},
	{"Chef's knife", 7490},
	{"Cutting board", 3290},
	{"Dinner plates, set of 6", 6290},
	{"Wine glasses, set of 6", 4490},
	{"Mug", 1290},
	{"Tea sampler", 1890},
	{"Bed linen", 8990},
	{"Bath towels, set of 4", 4990},
	{"Desk lamp", 5990},
	{"Floor lamp", 12900},
	{"Office chair", 24900},
	{"Bookshelf", 17900},
	{"Cushion", 2490},
	{"Wool blanket", 8490},
	{"Running shoes", 12900},
	{"Rain jacket", 14900},
	{"Backpack", 8990},
	{"Water bottle", 2490},
	{"Yoga mat", 3990},
	{"Dumbbells, pair", 5990},
	{"Bicycle helmet", 7990},
	{"Camping stove", 6990},
	{"Sleeping bag", 10900},
	{"Headphones", 14900},
	{"Phone charger", 2990},
	{"Bluetooth speaker", 8990},
	{"E-book reader", 13900},
	{"Board game", 3990},
	{"Puzzle, 1000 pieces", 1990},
	{"Gift card", 5000},
}

// orders draws what a shop account bought between its creation and today.
func (b *block) orders(account *record) {
	for n := 0; n < maxOrders && b.chance(0.66); n++ {
		product := products[b.r.IntN(len(products))]
		quantity := 1
		if b.chance(0.2) {
			quantity = b.between(2, 5)
		}
		b.bought = append(b.bought, order{
			account: account,
			day:     account.created + day(b.r.IntN(int(today-account.created)+1)),
			cents:   product.cents * quantity * b.between(80, 100) / 100,
			product: product.name,
			channel: [...]string{"web", "web", "web", "app", "app", "store"}[b.r.IntN(6)],
		})
	}
}

// order is one row of the orders table.
type order struct {
	account          *record
	day              day
	cents            int
	product, channel string
}

func (o *order) fields(dst []string, id uint64) []string {
	amount := append(strconv.AppendInt(make([]byte, 0, 12), int64(o.cents/100), 10), '.')
	return append(dst,
		strconv.FormatUint(500_000_000+id, 10), o.account.number("", 1_000_000_000), dayFirst.day(o.day),
		string(appendPadded(amount, o.cents%100, 2)), o.product, o.channel)
}
