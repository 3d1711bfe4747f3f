// Package tap stands in for the library of that name, which Debian does not have: it writes what a test says, as the Test
// Anything Protocol has it. Only what runtime-tools calls.
package tap

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// T counts the tests of a program.
type T struct {
	count int
	todo  bool
}

// New gives a program's counter.
func New() *T { return &T{} }

// Header begins the output; 0 tests: AutoPlan says how many there were.
func (t *T) Header(tests int) {
	fmt.Println("TAP version 13")
	if tests > 0 {
		fmt.Printf("1..%d\n", tests)
	}
}

// Ok tells of a test.
func (t *T) Ok(passed bool, about string) {
	t.count++
	word := "ok"
	if !passed {
		word = "not ok"
	}
	if t.todo {
		about += " # TODO"
	}
	fmt.Printf("%s %d - %s\n", word, t.count, about)
}

// Pass and Fail are Ok with the answer in the name.
func (t *T) Pass(about string) { t.Ok(true, about) }
func (t *T) Fail(about string) { t.Ok(false, about) }

// Skip tells of tests that could not be made.
func (t *T) Skip(count int, about string) {
	for i := 0; i < count; i++ {
		t.count++
		fmt.Printf("ok %d # SKIP %s\n", t.count, about)
	}
}

// Todo gives a counter whose failures do not count.
func (t *T) Todo() *T { return &T{count: t.count, todo: true} }

// AutoPlan ends the output.
func (t *T) AutoPlan() { fmt.Printf("1..%d\n", t.count) }

// Diagnostic and Diagnosticf write lines that are for people.
func (t *T) Diagnostic(message string) {
	fmt.Println("# " + strings.ReplaceAll(message, "\n", "\n# "))
}
func (t *T) Diagnosticf(format string, values ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, values...))
}

// YAML writes a value below the test before it.
func (t *T) YAML(value interface{}) error {
	bytes, err := json.Marshal(value)
	if err == nil {
		fmt.Fprintf(os.Stdout, "  ---\n  %s\n  ...\n", bytes)
	}
	return err
}
