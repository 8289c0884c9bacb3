package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync/atomic"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

const (
	// Bytes and values together of whatever a function gives or is given.
	mostWeight = 4 << 20
	// Levels of lists and mappings within each other.
	mostDepth = 500
	// Whatever a function repeats or counts.
	mostTimes = 1_000_000
)

var (
	errSlow  = errors.New("it takes too long")
	errHeavy = errors.New("it makes a value of more than 4 MiB, or one that holds itself")
	errTimes = fmt.Errorf("it repeats or counts more than %d times", mostTimes)
)

// guard looks at every call of one parsed template: a panic in a function is that template's error.
type guard struct {
	until atomic.Int64
}

func (g *guard) begin(most time.Duration) { g.until.Store(time.Now().Add(most).UnixNano()) }
func (g *guard) stop()                    { g.until.Store(0) }
func (g *guard) late() error {
	if time.Now().UnixNano() > g.until.Load() {
		return errSlow
	}
	return nil
}

// What would tell a template of this machine, or reach another one.
var withheld = []string{"env", "expandenv", "getHostByName"}

// Go's own that can make a value larger.
var printers = template.FuncMap{
	"print":    fmt.Sprint,
	"println":  fmt.Sprintln,
	"printf":   fmt.Sprintf,
	"html":     template.HTMLEscaper,
	"js":       template.JSEscaper,
	"urlquery": template.URLQueryEscaper,
}

var known = sync()

func sync() template.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range withheld {
		delete(all, name)
	}
	maps.Copy(all, printers)
	maps.Copy(all, template.FuncMap{
		"normalize":     normalize,
		"slugify":       slugify,
		"toYaml":        toYAML,
		"fromYaml":      fromYAML,
		"fromYamlArray": fromYAMLArray,
	})
	return all
}

func (g *guard) functions() template.FuncMap {
	guarded := template.FuncMap{}
	for name, function := range known {
		call := reflect.ValueOf(function)
		kind := call.Type()
		guarded[name] = reflect.MakeFunc(kind, func(given []reflect.Value) []reflect.Value {
			if err := g.late(); err != nil {
				panic(err)
			}
			refuseMultiples(name, given)
			var got []reflect.Value
			if kind.IsVariadic() {
				got = call.CallSlice(given)
			} else {
				got = call.Call(given)
			}
			if err := g.late(); err != nil {
				panic(err)
			}
			if left := mostWeight; !light(got[0], &left, 0) {
				panic(errHeavy)
			}
			return got
		}).Interface()
	}
	return guarded
}

// Functions whose result is a product of what they are given: the product is looked at before it is made.
func refuseMultiples(name string, given []reflect.Value) {
	for i := range given {
		if left := mostWeight; !light(given[i], &left, 0) {
			panic(errHeavy)
		}
	}
	size := func(i int) int { return len(fmt.Sprint(given[i].Interface())) }
	switch name {
	case "repeat":
		product(abs(whole(given[0])), size(1))
	case "indent", "nindent":
		product(abs(whole(given[0])), strings.Count(text1(given[1]), "\n")+1)
	case "until":
		product(abs(whole(given[0])), 1)
	case "untilStep":
		steps(whole(given[0]), whole(given[1]), whole(given[2]))
	case "seq":
		times := unwrapped(given[0])
		switch len(times) {
		case 1:
			steps(1, times[0], 1)
		case 2:
			steps(times[0], times[1], 1)
		case 3:
			steps(times[0], times[2], times[1])
		}
	case "replace":
		product(size(2)+1, size(1)+1)
	case "regexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAll", "mustRegexReplaceAllLiteral":
		// The replacement may name the match again and again.
		product(size(1)+1, (size(2)+1)*(1+strings.Count(text1(given[2]), "$")*size(1)))
	case "join":
		product(size(0)+1, size(1)+1)
	case "randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randBytes":
		product(abs(whole(given[0])), 1)
	case "abbrev", "abbrevboth", "wrap", "wrapWith":
		product(size(len(given)-1), 2+size(max(0, len(given)-2)))
	case "printf":
		format := text1(given[0])
		most := 16
		for i := 0; i < given[1].Len(); i++ {
			most = max(most, len(fmt.Sprint(given[1].Index(i).Interface())))
		}
		product(strings.Count(format, "%"), most)
		if wide.MatchString(format) || strings.Count(format, "*") > 0 {
			panic(errTimes)
		}
	}
}

func product(a, b int) {
	if a > 0 && b > 16*mostTimes/a {
		panic(errTimes)
	}
}

func steps(from, to, by int) {
	if by == 0 {
		return
	}
	product(abs((to-from)/by)+1, 1)
}

// light takes from what is left; a value that holds itself uses it up.
func light(value reflect.Value, left *int, depth int) bool {
	*left--
	if *left < 0 || depth > mostDepth {
		return false
	}
	switch value.Kind() {
	case reflect.Interface, reflect.Pointer:
		return value.IsNil() || light(value.Elem(), left, depth+1)
	case reflect.String:
		*left -= value.Len()
		return *left >= 0
	case reflect.Slice, reflect.Array:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			*left -= value.Len()
			return *left >= 0
		}
		for i := 0; i < value.Len(); i++ {
			if !light(value.Index(i), left, depth+1) {
				return false
			}
		}
	case reflect.Map:
		for each := value.MapRange(); each.Next(); {
			if !light(each.Key(), left, depth+1) || !light(each.Value(), left, depth+1) {
				return false
			}
		}
	}
	return true
}

// Whether what it is given may be another afterwards.
func mayChange(written string) bool {
	return strings.Contains(written, "set") || strings.Contains(written, "erge")
}

func copied(value any) any {
	switch it := value.(type) {
	case map[string]any:
		made := make(map[string]any, len(it))
		for key, each := range it {
			made[key] = copied(each)
		}
		return made
	case []any:
		made := make([]any, len(it))
		for i, each := range it {
			made[i] = copied(each)
		}
		return made
	}
	return value
}

func toYAML(value any) (string, error) {
	printed, err := yaml.Marshal(value)
	return strings.TrimSuffix(string(printed), "\n"), err
}

func fromYAML(written string) (map[string]any, error) {
	read := map[string]any{}
	return read, yaml.Unmarshal([]byte(written), &read)
}

func fromYAMLArray(written string) ([]any, error) {
	read := []any{}
	return read, yaml.Unmarshal([]byte(written), &read)
}
