# Names, sizes and times of change of all that the built program is made of, below $root. Printed when it is built, and when it is started to see whether it
# is still that; a `find` that cannot print them lets the sources be run.
cd "$root" && find src package.json package-lock.json tools/bundle.mjs -type f -printf '%p %s %T@\n' 2>/dev/null
