package main

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
)

var (
	noName = regexp.MustCompile(`[^-a-z0-9.]`)
	dashes = regexp.MustCompile(`-+`)
	wide   = regexp.MustCompile(`[0-9]{5,}`)
)

// normalize makes a text fit for a name. Source: Argo CD's function of that name.
func normalize(text string) string {
	name := noName.ReplaceAllString(strings.ToLower(text), "-")
	if len(name) > 253 {
		name = name[:253]
	}
	return strings.Trim(name, "-.")
}

// slugify [most] [whole words] text. Source: Argo CD's function of that name.
func slugify(args ...any) (string, error) {
	if len(args) == 0 || len(args) > 3 {
		return "", errors.New("slugify wants a length, whether words stay whole, and a text; the first two may be left out")
	}
	most, smart := 50, false
	last := len(args) - 1
	text, ok := args[last].(string)
	if !ok {
		return "", errors.New("what slugify is given last is no text")
	}
	if last > 0 {
		length := reflect.ValueOf(args[0])
		if !length.CanInt() || length.Int() < 0 {
			return "", errors.New("the length that slugify is given first is no whole number")
		}
		most = int(length.Int())
	}
	if last > 1 {
		if smart, ok = args[1].(bool); !ok {
			return "", errors.New("what slugify is given second is neither true nor false")
		}
	}
	slug := strings.Trim(dashes.ReplaceAllString(strings.ReplaceAll(normalize(text), ".", "-"), "-"), "-")
	if most == 0 || len(slug) <= most {
		return slug, nil
	}
	if !smart {
		return strings.Trim(slug[:most], "-"), nil
	}
	// Whole words; the first one is cut where it alone is too long.
	kept := ""
	for word := range strings.SplitSeq(slug, "-") {
		if kept == "" {
			kept = word
		} else if len(kept)+1+len(word) <= most {
			kept += "-" + word
		} else {
			break
		}
	}
	if len(kept) > most {
		kept = kept[:most]
	}
	return kept, nil
}

func text1(value reflect.Value) string {
	if value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	if value.Kind() != reflect.String {
		return ""
	}
	return value.String()
}

func whole(value reflect.Value) int {
	if value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	switch {
	case value.CanInt():
		return int(value.Int())
	case value.CanFloat():
		return int(value.Float())
	case value.CanUint():
		return int(value.Uint())
	}
	return 0
}

func unwrapped(list reflect.Value) []int {
	numbers := make([]int, list.Len())
	for i := range numbers {
		numbers[i] = whole(list.Index(i))
	}
	return numbers
}

func abs(number int) int {
	if number < 0 {
		return -number
	}
	return number
}
