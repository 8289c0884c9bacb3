// Program templates fills in Go templates of ApplicationSets: one question on stdin, an answer for each set on stdout.
// It opens no file, asks no environment and has no function that does; what else a template may cost is bounded here,
// so that one which loops, doubles a list or prints without an end is an error of its own and of no other.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// Request: every text of a job is filled in with every set of it.
type Request struct {
	// As text/template takes them: missingkey=error.
	Options []string `json:"options"`
	Jobs    []Job    `json:"jobs"`
}

type Job struct {
	Texts []string         `json:"texts"`
	Sets  []map[string]any `json:"sets"`
}

// Filled: what a text became, or why it did not.
type Filled struct {
	Text *string `json:"text,omitempty"`
	Why  string  `json:"why,omitempty"`
	// 1-based, of the text; 0 where it is not known.
	Line int `json:"line,omitempty"`
}

const (
	// Bytes that one text may become.
	mostText = 1 << 20
	// How long one text may take with one set: a machine that is busy lets an honest one wait, too.
	mostTime = 2 * time.Second
	// The same of a text that took longer before, once there were so many of them.
	lessTime = 100 * time.Millisecond
	fewSlow  = 5
	// From so many on nothing is tried again that took too long once.
	mostSlow = 60
	// How often one text may have to be left to run to the end of the program.
	mostStuck = 2
)

const name = "template"

// Texts that took too long.
var slow int

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("1.0.0")
		return
	}
	var request Request
	if err := json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&request); err != nil {
		fmt.Fprintln(os.Stderr, "the question cannot be read:", err)
		os.Exit(1)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, job := range request.Jobs {
		texts := make([]*text, len(job.Texts))
		for i, written := range job.Texts {
			texts[i] = &text{written: written, options: request.Options}
		}
		for _, set := range job.Sets {
			answer := make([]Filled, len(texts))
			for i, each := range texts {
				answer[i] = each.fill(set)
			}
			if err := encoder.Encode(answer); err != nil {
				os.Exit(1)
			}
		}
	}
	if err := out.Flush(); err != nil {
		os.Exit(1)
	}
}

type text struct {
	written string
	options []string
	parsed  *template.Template
	guard   *guard
	wrong   error
	slow    int
	stuck   int
}

// A parse for each text, and a new one where the last one could not be stopped: its functions speak for it alone.
func (t *text) parse() {
	t.guard = &guard{}
	defer func() {
		if cause := recover(); cause != nil {
			t.wrong = fmt.Errorf("%v", cause)
		}
	}()
	t.parsed, t.wrong = template.New(name).Funcs(t.guard.functions()).Option(t.options...).Parse(t.written)
}

func (t *text) fill(set map[string]any) Filled {
	if t.stuck >= mostStuck || (t.slow > 0 && slow >= mostSlow) {
		return Filled{Why: "it took too long with other sets, and is not tried any more"}
	}
	if t.parsed == nil && t.wrong == nil {
		t.parse()
	}
	if t.wrong != nil {
		return said(t.wrong)
	}
	if mayChange(t.written) {
		set = copied(set).(map[string]any)
	}
	type end struct {
		text string
		err  error
	}
	parsed, guard, most := t.parsed, t.guard, mostTime
	if t.slow > 0 && slow >= fewSlow {
		most = lessTime
	}
	guard.begin(most)
	ended := make(chan end, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				ended <- end{err: fmt.Errorf("%v", cause)}
			}
		}()
		out := &bounded{guard: guard}
		err := parsed.Execute(out, set)
		ended <- end{text: out.String(), err: err}
	}()
	timer := time.NewTimer(most + most/2)
	defer timer.Stop()
	select {
	case got := <-ended:
		if errors.Is(got.err, errSlow) || (got.err != nil && strings.Contains(got.err.Error(), errSlow.Error())) {
			t.slow++
			slow++
		}
		if got.err != nil {
			return said(got.err)
		}
		return Filled{Text: &got.text}
	case <-timer.C:
		// It calls nothing that could be told to stop: whatever it does ends with this process.
		t.slow++
		t.stuck++
		slow++
		t.parsed = nil
		guard.stop()
		return said(errSlow)
	}
}

var where = regexp.MustCompile(`^template: template:(\d+)(?::\d+)?: (?s:(.*))$`)
var whileDoing = regexp.MustCompile(`^executing "[^"]*" at `)

// The reason without the words that say where; lines count within the text.
func said(err error) Filled {
	why := err.Error()
	line := 0
	if found := where.FindStringSubmatch(why); found != nil {
		line, _ = strconv.Atoi(found[1])
		why = whileDoing.ReplaceAllString(found[2], "at ")
	}
	if len(why) > 2000 {
		why = strings.ToValidUTF8(why[:2000], "") + " …"
	}
	return Filled{Why: why, Line: line}
}

// bounded takes so much and then refuses, which ends the template.
type bounded struct {
	bytes.Buffer
	guard *guard
}

var _ io.Writer = &bounded{}

func (b *bounded) Write(p []byte) (int, error) {
	if err := b.guard.late(); err != nil {
		return 0, err
	}
	if b.Len()+len(p) > mostText {
		return 0, fmt.Errorf("it becomes more than %d bytes", mostText)
	}
	return b.Buffer.Write(p)
}
