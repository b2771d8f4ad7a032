"""Solve assignment problems: topics to places, groups of topics to slots."""

INFINITE = 10**15


def assign(costs: list[list[int]]) -> list[int]:
    """Return a column for each row, all distinct, so that the sum of the costs is least.

    `costs` has n rows and m ≥ n columns. The Hungarian method with potentials, in O(n²m).
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    row_potential, column_potential = [0] * (rows + 1), [0] * (columns + 1)
    row_of = [0] * (columns + 1)  # rows and columns count from 1; 0: none
    for row in range(1, rows + 1):
        row_of[0] = row
        column, least, back, seen = 0, [INFINITE] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while row_of[column]:
            seen[column] = True
            current, delta, nearest = row_of[column], INFINITE, 0
            for other in range(1, columns + 1):
                if seen[other]:
                    continue
                reduced = costs[current - 1][other - 1] - row_potential[current] - column_potential[other]
                if reduced < least[other]:
                    least[other], back[other] = reduced, column
                if least[other] < delta:
                    delta, nearest = least[other], other
            for other in range(columns + 1):
                if seen[other]:
                    row_potential[row_of[other]] += delta
                    column_potential[other] -= delta
                else:
                    least[other] -= delta
            column = nearest
        while column:
            row_of[column] = row_of[back[column]]
            column = back[column]
    column_of = {row: column - 1 for column, row in enumerate(row_of) if column and row}
    return [column_of[row] for row in range(1, rows + 1)]
