# What `refractctl help` prints, as scdoc: verbs, then options.
1d
s/[\\_*<>#]/\\&/g
s/^options$/\n# OPTIONS\n/
s/^    \(--[a-z-]*\( [A-Z:]*\)*\): \(.*\)/*\1*\n\t\3\n/
s/^    \(.*\)/\t\1\n/
s/^refractctl .*/*&*/
