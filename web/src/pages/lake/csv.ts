/**
 * parseCSV reads the beginning of a CSV file (RFC 4180). Where the text was cut off, its last line is left out, as it may
 * not be whole.
 */
export function parseCSV(text: string, whole: boolean, limit: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = "";
  let inQuotes = false;
  const end = () => {
    row.push(value);
    value = "";
  };
  for (let i = 0; i < text.length && rows.length < limit; i++) {
    const c = text[i];
    if (inQuotes) {
      if (c !== '"') value += c;
      else if (text[i + 1] === '"') value += text[i++];
      else inQuotes = false;
    } else if (c === '"') inQuotes = true;
    else if (c === ",") end();
    else if (c === "\n") {
      end();
      rows.push(row);
      row = [];
    } else if (c !== "\r") value += c;
  }
  if (whole && rows.length < limit && (value !== "" || row.length > 0)) {
    end();
    rows.push(row);
  }
  return rows;
}
