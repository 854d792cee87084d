"""A package that the golden bridge is written into."""

count = 0


def reset():
    global count
    count += 1
