"""Writes csv_cells.inc and csv_numbers.inc: what Python's csv.reader, float() and int() make of the
texts below. Run in this folder: python3 make.py

Every text stands in hexadecimal, so that ends of lines and quotes survive; '-' is a refusal.
csv_cells.inc:    text, its cells: rows separated by ';', cells by ',', '.' for an empty one
csv_numbers.inc:  text, bits of float32(float(text)) or '-', int(text) or '-'
"""
import csv
import io
import struct

TABLES = [
    "1,2\n3,4\n", "1,2\r\n3,4\r\n", "1,2\r3,4\r", "1,2\n3,4", "1,2\n3,4\n\n\n", "1,2\n3,4\r\n\r\n",
    "\ufeffa,b\n1,2\n", '\ufeff"a","b"\n1,2\n', '"1","2"\n"3","4"\n', '"a,b",c\n', '"a\nb",c\n',
    '"a\r\nb",c\r\n', '"a""b",c\n', '"""a""",c\n', '"",""\n', '""\n', ",\n", ",,\n1,2,3\n",
    'a"b,c\n', 'a"b"c,d\n', ' "a",b\n', '"a" ,b\n', '"a"b,c\n', '"a"b"c",d\n', " a , b \n",
    "'a,b',c\n", "a\tb,c\n", '"a","b\n\nc"\n', '"x""",y\n', "ä,ö\n\"é,è\",ü\n", '"a\rb",c\n',
    '"a,b""","c"\n', '"a"" ",b\n', "a,\"\n,b\"\n", '"a"\r"b"\r', '"","a"\n,"\n"\n',
    "1\n2\n3\n", '"1"\n"2"\n', "a;b,c\n", "\\\"a,b\n", "   ,1\n",
]
NUMBERS = [
    "1", "+1", "-1", " 1", "1 ", "\t1\n", "\x0b1\x0c", "\x1c1\x1f", "+ 1", "- 1", "++1", "+-1", "1.",
    ".5", "+.5", "-.5", ".", "", " ", "+", "-", "1e5", "1E5", "1e+5", "1e-5", "1e", "e5", "1e+",
    "1.5e", "1e5.0", "1_000", "1__0", "_1", "1_", "1_.5", "1._5", "1.5_5", "1e1_0", "1e_1", "0x10",
    "0x1p3", "0b1", "0o7", "1f", "1.0f", "1d", "1l", "1L", "inf", "+inf", "-inf", "INF", "Infinity",
    "-INFINITY", "infinit", "nan", "NaN", "-nan", "+NAN", "nan(1)", "in f", "1,5", "1 2", "00012",
    "007", "-0", "-0.0", "+0", "1e39", "-1e39", "1e400", "-1e400", "1e-400", "1e-46", "1e-45",
    "7e-46", "1.4e-45", "1.17549435e-38", "1.1754942e-38", "3.4028235e38", "3.4028236e38",
    "3.4028235677973366e38", "0.1", "0.30000001192092896", "16777217", "16777219", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "1.0", "1e2", "0.000000000000000000000000000000000000000000000001e60",
    "100000000000000000000000000000000000000000000000000e-50", "0e400", "0e-400", "0.0e99999999999",
    "1e99999999999999999999", "1e-99999999999999999999", "123456789012345678901234567890",
    "1.00000005960464477539", "1.00000005960464477540", "1.0000001788139343", "4e-324", "2e-324",
    "1'000", "$1", "1%", "None", "true", "\"1\"", "1\x00",
    "\u00a01.5", "1\u2009", "\u30001\u2028", "\u00a0", "1\u00a0000", "\u200b1", "\uff11\uff12.\uff15",
    "\u0661\u0662", "-\u0967", "1\u06f0_\u06f1", "\u22121", "\u00b2", "\u2167", "1e\uff15", "\U0001d7d0",
    "\x1c\u00a01\x1f", "\u0665.5", "\u00e91",
]


def hexed(text):
    return text.encode("utf-8").hex()


def refused(work):
    try:
        return work()
    except (ValueError, OverflowError):
        return "-"


def bits(text):
    value = float(text)
    try:
        packed = struct.pack("<f", value)
    except OverflowError:  # numpy.float32 and C round to infinity
        packed = struct.pack("<f", float("inf") if value > 0 else float("-inf"))
    if value != value:
        return "nan"
    return "%08x" % struct.unpack("<I", packed)[0]


def whole(text):
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise OverflowError
    return str(value)


with open("csv_cells.inc", "w") as out:
    for text in TABLES:
        stream = io.TextIOWrapper(io.BytesIO(text.encode("utf-8")), "utf-8-sig", newline="")
        rows = list(csv.reader(stream))
        while rows and not rows[-1]:
            rows.pop()
        line = ";".join(",".join(hexed(cell) or "." for cell in row) for row in rows)
        out.write(f'{{"{hexed(text)}", "{line}"}},\n')

with open("csv_numbers.inc", "w") as out:
    for text in NUMBERS:
        float_bits, integer = refused(lambda: bits(text)), refused(lambda: whole(text))
        out.write(f'{{"{hexed(text)}", "{float_bits}", "{integer}"}},\n')
