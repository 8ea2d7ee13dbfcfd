// The only file of an image without a shell: prints its arguments on one line.
package main

import (
	"os"
	"strings"
)

func main() {
	if _, err := os.Stdout.WriteString(strings.Join(os.Args[1:], " ") + "\n"); err != nil {
		os.Exit(1)
	}
}
