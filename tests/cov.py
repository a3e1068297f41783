"""What `make cov` prints: per room the lines and branches that a run reached. cov.py BUILD-FOLDER"""
import collections
import json
import os
import subprocess
import sys

build = sys.argv[1]
report = os.path.join(build, 'coverage.json')
subprocess.run(['gcovr', '--root', '.', '--filter', 'daemon/', '--exclude-throw-branches', '--gcov-ignore-parse-errors',
                '--json-summary', report, '--html-details', os.path.join(build, 'index.html'), build],
               check=True, stdout=subprocess.DEVNULL)
with open(report, encoding='utf-8') as f:
    files = json.load(f)['files']
rooms = collections.defaultdict(collections.Counter)
for one in files:
    for room in (one['filename'].split('/')[1], 'all'):
        for key in ('line_covered', 'line_total', 'branch_covered', 'branch_total'):
            rooms[room][key] += one[key]
for room in sorted(rooms, key=lambda r: (r == 'all', r)):
    c = rooms[room]
    print(f'{room:<10} {100 * c["line_covered"] / max(1, c["line_total"]):5.1f} % of {c["line_total"]:6} lines, '
          f'{100 * c["branch_covered"] / max(1, c["branch_total"]):5.1f} % of {c["branch_total"]:6} branches')
print(f'each file: {os.path.join(build, "index.html")}')
