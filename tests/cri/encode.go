package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
)

// The wire types that the API uses (the Protocol Buffers encoding): a number, and a run of bytes.
const (
	wireVarint = 0
	wireBytes  = 2
)

var errCut = errors.New("the answer ends inside a member")

// ---- JSON to bytes --------------------------------------------------------------------------------

func appendNumber(out []byte, member, value uint64) []byte {
	out = binary.AppendUvarint(out, member<<3|wireVarint)
	return binary.AppendUvarint(out, value)
}

func appendBytes(out []byte, member uint64, value []byte) []byte {
	out = binary.AppendUvarint(out, member<<3|wireBytes)
	out = binary.AppendUvarint(out, uint64(len(value)))
	return append(out, value...)
}

// encode refuses a member that the schema does not have: a misspelt one would silently be unset.
func encode(message string, value map[string]interface{}) ([]byte, error) {
	known, err := members(message)
	if err != nil {
		return nil, err
	}
	out := []byte{}
	written := 0
	for _, m := range known {
		if given, ok := value[m.name]; ok {
			written++
			if out, err = appendMember(out, m, given); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	if written != len(value) {
		return nil, fmt.Errorf("%s has a member that the schema does not", message)
	}
	return out, nil
}

func appendMember(out []byte, m member, value interface{}) ([]byte, error) {
	switch typed := value.(type) {
	case string:
		if _, ok := enums[m.kind]; ok {
			return appendEnum(out, m, typed)
		}
		return appendBytes(out, m.number, []byte(typed)), expect(m, "string")
	case bool:
		if !typed {
			return out, expect(m, "bool")
		}
		return appendNumber(out, m.number, 1), expect(m, "bool")
	case json.Number:
		number, err := typed.Int64()
		if err != nil {
			return nil, err
		}
		return appendNumber(out, m.number, uint64(number)), expect(m, "int")
	case []interface{}:
		return appendStrings(out, m, typed)
	case map[string]interface{}:
		if m.kind == "map" {
			return appendMap(out, m, typed)
		}
		inner, err := encode(m.kind, typed)
		return appendBytes(out, m.number, inner), err
	}
	return nil, errors.New("is of no type that the API has")
}

func expect(m member, kind string) error {
	if m.kind != kind {
		return fmt.Errorf("is a %s, not a %s", m.kind, kind)
	}
	return nil
}

func appendEnum(out []byte, m member, name string) ([]byte, error) {
	for number, known := range enums[m.kind] {
		if known == name {
			return appendNumber(out, m.number, uint64(number)), nil
		}
	}
	return nil, fmt.Errorf("%q is no %s", name, m.kind)
}

func appendStrings(out []byte, m member, values []interface{}) ([]byte, error) {
	for _, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, errors.New("holds something else than strings")
		}
		out = appendBytes(out, m.number, []byte(text))
	}
	return out, expect(m, "strings")
}

func appendMap(out []byte, m member, values map[string]interface{}) ([]byte, error) {
	keys := []string{}
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		text, ok := values[key].(string)
		if !ok {
			return nil, fmt.Errorf("the value of %q is no string", key)
		}
		entry := appendBytes(nil, 1, []byte(key))
		out = appendBytes(out, m.number, appendBytes(entry, 2, []byte(text)))
	}
	return out, nil
}

// ---- bytes to JSON --------------------------------------------------------------------------------

// part is one member as it stands on the wire: number is its value where the type is wireVarint.
type part struct {
	member, wire, number uint64
	bytes                []byte
}

func next(in []byte) (part, []byte, error) {
	key, size := binary.Uvarint(in)
	if size <= 0 {
		return part{}, nil, errCut
	}
	in = in[size:]
	number, size := binary.Uvarint(in)
	if size <= 0 {
		return part{}, nil, errCut
	}
	in = in[size:]
	p := part{member: key >> 3, wire: key & 7, number: number}
	switch p.wire {
	case wireVarint:
		return p, in, nil
	case wireBytes:
		if number > uint64(len(in)) {
			return part{}, nil, errCut
		}
		p.bytes = in[:number]
		return p, in[number:], nil
	}
	return part{}, nil, fmt.Errorf("wire type %d is not of this API", p.wire)
}

// decode leaves out what the schema does not have. What is not on the wire is the type's zero value.
func decode(message string, in []byte) (map[string]interface{}, error) {
	known, err := members(message)
	if err != nil {
		return nil, err
	}
	out := map[string]interface{}{}
	for _, m := range known {
		out[m.name] = zero(m.kind)
	}
	for len(in) > 0 {
		var p part
		if p, in, err = next(in); err != nil {
			return nil, err
		}
		for _, m := range known {
			if m.number == p.member {
				if err := take(out, m, p); err != nil {
					return nil, fmt.Errorf("%s: %w", m.name, err)
				}
			}
		}
	}
	return out, nil
}

func zero(kind string) interface{} {
	if names, ok := enums[kind]; ok {
		return names[0]
	}
	switch kind {
	case "string":
		return ""
	case "bool":
		return false
	case "int":
		return 0
	case "strings":
		return []string{}
	case "map":
		return map[string]string{}
	}
	return nil
}

func take(out map[string]interface{}, m member, p part) error {
	if names, ok := enums[m.kind]; ok {
		if p.number >= uint64(len(names)) {
			return fmt.Errorf("%d is no %s", p.number, m.kind)
		}
		out[m.name] = names[p.number]
		return nil
	}
	switch m.kind {
	case "string":
		out[m.name] = string(p.bytes)
	case "bool":
		out[m.name] = p.number != 0
	case "int":
		out[m.name] = int64(p.number)
	case "strings":
		out[m.name] = append(out[m.name].([]string), string(p.bytes))
	case "map":
		return takeEntry(out[m.name].(map[string]string), p.bytes)
	default:
		inner, err := decode(m.kind, p.bytes)
		out[m.name] = inner
		return err
	}
	return nil
}

func takeEntry(out map[string]string, in []byte) error {
	var words [3]string // at the numbers of key and value
	for len(in) > 0 {
		p, rest, err := next(in)
		if err != nil {
			return err
		}
		if p.member < uint64(len(words)) {
			words[p.member] = string(p.bytes)
		}
		in = rest
	}
	out[words[1]] = words[2]
	return nil
}
