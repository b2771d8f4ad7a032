"""Who goes with what, at the least cost in all: topics with places, groups of topics with hours."""

INFINITE = 10**15


def match(costs: list[list[int]]) -> list[int]:
    """For each row a column of its own, so that the sum of the costs is least; no fewer columns than rows.

    The Hungarian method, with potentials: n² m steps.
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    row_price, column_price = [0] * (rows + 1), [0] * (columns + 1)
    row_of = [0] * (columns + 1)  # rows and columns count from 1; 0: none
    for row in range(1, rows + 1):
        row_of[0] = row
        column, least, back, seen = 0, [INFINITE] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while row_of[column]:
            seen[column] = True
            here, step, nearest = row_of[column], INFINITE, 0
            for other in range(1, columns + 1):
                if seen[other]:
                    continue
                price = costs[here - 1][other - 1] - row_price[here] - column_price[other]
                if price < least[other]:
                    least[other], back[other] = price, column
                if least[other] < step:
                    step, nearest = least[other], other
            for other in range(columns + 1):
                if seen[other]:
                    row_price[row_of[other]] += step
                    column_price[other] -= step
                else:
                    least[other] -= step
            column = nearest
        while column:
            row_of[column] = row_of[back[column]]
            column = back[column]
    chosen = {row: column - 1 for column, row in enumerate(row_of) if column and row}
    return [chosen[row] for row in range(1, rows + 1)]
