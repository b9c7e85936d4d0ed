// Package sample invents the data of a retailer, and tells how well somebody else unified it.
//
// [Generate] writes three tables in which the same people appear under different columns, formats and
// spellings, their orders, and the truth about who is who:
//
//	crm/contacts.csv     CRM_Contacts     comma, ISO dates, UTC times, full and split names
//	shop/customers.csv   Shop_Customers   semicolon, every field quoted, day/month/year, one name column
//	loyalty/members.csv  Loyalty_Members  pipe, month/day/year, often upper case without accents
//	shop/orders.csv      Shop_Orders      semicolon, every field quoted, refers to Shop_Customers
//	truth.csv            source,key,entity_id for every row of the three tables, corrupt ones included
//	sample.json          what was generated ([Summary]); written last, so its presence says "complete"
//
// The one idea: a person has a life, and a row is what one system knew of it on one day. People live in
// households, share e-mails and phones, move, marry, change numbers; a row shows the state of its date, with
// what was left out, mistyped or abbreviated when it was written. [Kinds] lists everything that goes wrong and
// how often, per table; [Summary] counts what did.
//
// All people are invented: phone numbers use area codes that the North American plan reserves (N9X), e-mail
// addresses the reserved domain .example. Names, streets and cities come from lists/.
//
// Output depends on the number of customers and the seed, on nothing else.
//
// [Score] compares a clustering of these rows, or of any, with the truth. The package knows no lake, no
// pipeline and no matching.
package sample
