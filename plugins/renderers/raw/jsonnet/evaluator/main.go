// Evaluates the Jsonnet files of one render: what to do as JSON on stdin, one line of JSON for each file on stdout.
// It reads nothing but the folder that it was started in, and what is wrong with a file is said as file, line and reason.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

const (
	mostMemory = 1 << 30
	mostStack  = 256 << 20
)

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Code  bool   `json:"code"`
}

type job struct {
	// All paths are relative to the working folder, normalised.
	Files []string `json:"files"`
	// Where imports are looked for, the first one first, behind the folder of the file that imports.
	Libraries []string   `json:"libraries"`
	ExtVars   []variable `json:"extVars"`
	TLAs      []variable `json:"tlas"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(version())
		return
	}
	debug.SetMaxStack(mostStack)
	go watchMemory()
	if err := run(os.Stdin, os.Stdout); err != nil {
		end(err.Error())
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked job
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	files := &importer{root: root, libraries: asked.Libraries, main: map[string]bool{}, found: map[string]jsonnet.Contents{}}
	for _, file := range asked.Files {
		files.main[file] = true
	}
	vm, errorsOf := machine(asked, files)
	lines := bufio.NewWriter(out)
	for _, file := range asked.Files {
		errorsOf.file = file
		text, err := vm.EvaluateFile(file)
		if err != nil {
			return errors.New(strings.TrimSpace(err.Error()))
		}
		line := bytes.NewBufferString("")
		if err := json.Compact(line, []byte(text)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		line.WriteByte('\n')
		if _, err := line.WriteTo(lines); err != nil {
			return err
		}
	}
	return lines.Flush()
}

// One for all files: a library that each of them imports is parsed once.
func machine(asked job, files *importer) (*jsonnet.VM, *inOneLine) {
	vm := jsonnet.MakeVM()
	formatter := &inOneLine{}
	vm.Importer(files)
	vm.ErrorFormatter = formatter
	vm.SetTraceOut(io.Discard)
	for _, each := range asked.ExtVars {
		if each.Code {
			vm.ExtCode(each.Name, each.Value)
		} else {
			vm.ExtVar(each.Name, each.Value)
		}
	}
	for _, each := range asked.TLAs {
		if each.Code {
			vm.TLACode(each.Name, each.Value)
		} else {
			vm.TLAVar(each.Name, each.Value)
		}
	}
	return vm, formatter
}

// Finds imports beside the file that imports, then in the libraries. Never outside of the root, by no link either.
type importer struct {
	root      *os.Root
	libraries []string
	main      map[string]bool
	found     map[string]jsonnet.Contents
}

func (i *importer) Import(from, asked string) (jsonnet.Contents, string, error) {
	if strings.HasPrefix(asked, "/") {
		return jsonnet.Contents{}, "", fmt.Errorf("%q is absolute: write it relative to the file, or to one of directory.jsonnet.libs", asked)
	}
	leads := "there is no such file beside it, nor in directory.jsonnet.libs"
	for _, place := range i.places(from, asked) {
		if place == ".." || strings.HasPrefix(place, "../") {
			leads = "it leads out of the repository"
			continue
		}
		contents, err := i.read(place)
		if err == nil {
			return contents, place, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return jsonnet.Contents{}, "", fmt.Errorf("cannot import %q: %s", asked, reason(err))
		}
	}
	return jsonnet.Contents{}, "", fmt.Errorf("cannot import %q: %s", asked, leads)
}

func (i *importer) places(from, asked string) []string {
	if from == "" && i.main[asked] {
		return []string{asked}
	}
	var places []string
	// Code of a variable lies nowhere: nothing is beside it.
	if from != "" {
		places = append(places, path.Join(path.Dir(from), asked))
	}
	for _, library := range i.libraries {
		places = append(places, path.Join(library, asked))
	}
	return places
}

func (i *importer) read(place string) (jsonnet.Contents, error) {
	if known, ok := i.found[place]; ok {
		return known, nil
	}
	content, err := i.root.ReadFile(place)
	if err != nil {
		return jsonnet.Contents{}, err
	}
	contents := jsonnet.MakeContentsRaw(content)
	i.found[place] = contents
	return contents, nil
}

func reason(err error) string {
	var at *os.PathError
	if errors.As(err, &at) {
		// os.Root has no name for it.
		if strings.Contains(at.Err.Error(), "path escapes") {
			return "a link leads out of the repository"
		}
		return at.Err.Error()
	}
	return err.Error()
}

// `app/main.jsonnet:3:5-9 Field does not exist: x (from app/main.jsonnet:7:1-12)`.
type inOneLine struct {
	// The one that is evaluated, for what is said of no place in it.
	file string
}

func (f *inOneLine) Format(err error) string {
	failed, ok := err.(jsonnet.RuntimeError)
	if !ok {
		return err.Error()
	}
	var places []string
	for _, frame := range failed.StackTrace {
		if where := placeOf(frame.Loc); where != "" && (len(places) == 0 || places[len(places)-1] != where) {
			places = append(places, where)
		}
	}
	// The outermost one comes first.
	switch last := len(places) - 1; last {
	case -1:
		return f.file + ": " + failed.Msg
	case 0:
		return places[0] + " " + failed.Msg
	default:
		return places[last] + " " + failed.Msg + " (from " + places[0] + ")"
	}
}

func (*inOneLine) SetMaxStackTraceSize(int)                 {}
func (*inOneLine) SetColorFormatter(jsonnet.ColorFormatter) {}

func placeOf(loc ast.LocationRange) string {
	if !loc.IsSet() || loc.FileName == "<std>" {
		return ""
	}
	return loc.String()
}

// The limit of addresses ends a process without a sentence of its own, so this one comes first.
func watchMemory() {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for {
		metrics.Read(sample)
		if used := sample[0].Value.Uint64() - sample[1].Value.Uint64(); used > mostMemory {
			end(fmt.Sprintf("the files need more than %d MiB of memory", mostMemory>>20))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/google/go-jsonnet" {
				return module.Version
			}
		}
	}
	return "v0.0.0"
}

func end(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
