// Renders a chart as `helm template` does, for machines without Helm: Go's text/template with Sprig's
// functions and the objects .Values, .Release, .Chart and the functions include, tpl, toYaml and required.
// That is all our chart uses. Not supported: sub-charts, .Files, .Capabilities, lookup, --set, and the
// sorting of kinds (documents come in the order of the templates' names). The schema of the values is
// not checked here.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run packaging/helm/render.go CHART RELEASE NAMESPACE [VALUES.yaml…]
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func readYaml(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	check(err)
	values := map[string]interface{}{}
	check(yaml.UnmarshalStrict(text, &values))
	return values
}

// As Helm merges: maps by key, everything else is replaced, null takes a default away.
func merge(base, over map[string]interface{}) {
	for key, value := range over {
		from, isMap := value.(map[string]interface{})
		into, wasMap := base[key].(map[string]interface{})
		switch {
		case value == nil:
			delete(base, key)
		case isMap && wasMap:
			merge(into, from)
		default:
			base[key] = value
		}
	}
}

func toYaml(value interface{}) string {
	text, err := yaml.Marshal(value)
	check(err)
	return strings.TrimSuffix(string(text), "\n")
}

func functions(all *template.Template) template.FuncMap {
	run := func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	own := sprig.TxtFuncMap()
	own["toYaml"] = toYaml
	own["include"] = run
	own["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, fmt.Errorf("%s", message)
		}
		return value, nil
	}
	own["tpl"] = func(text string, data interface{}) (string, error) {
		var out bytes.Buffer
		parsed, err := template.Must(all.Clone()).New("tpl").Parse(text)
		if err == nil {
			err = parsed.Execute(&out, data)
		}
		return out.String(), err
	}
	return own
}

var separator = regexp.MustCompile(`(?m)^---\s*$`)

func main() {
	if len(os.Args) < 4 {
		check(fmt.Errorf("usage: render CHART RELEASE NAMESPACE [VALUES.yaml…]"))
	}
	chart, release, namespace := os.Args[1], os.Args[2], os.Args[3]
	values := readYaml(filepath.Join(chart, "values.yaml"))
	for _, path := range os.Args[4:] {
		merge(values, readYaml(path))
	}
	about := map[string]interface{}{}
	for key, value := range readYaml(filepath.Join(chart, "Chart.yaml")) {
		about[strings.ToUpper(key[:1])+key[1:]] = value
	}
	data := map[string]interface{}{
		"Values": values,
		"Chart":  about,
		"Release": map[string]interface{}{
			"Name": release, "Namespace": namespace, "Service": "Helm", "IsInstall": true, "IsUpgrade": false, "Revision": 1,
		},
	}
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(functions(all))
	paths, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	check(err)
	sort.Strings(paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		check(err)
		_, err = all.New(filepath.Base(path)).Parse(string(text))
		check(err)
	}
	for _, path := range paths {
		if filepath.Ext(path) != ".yaml" {
			continue
		}
		var out bytes.Buffer
		check(all.ExecuteTemplate(&out, filepath.Base(path), data))
		for _, document := range separator.Split(out.String(), -1) {
			if strings.TrimSpace(document) != "" {
				fmt.Printf("---\n# Source: bulkhead/templates/%s\n%s\n", filepath.Base(path), strings.TrimSpace(document))
			}
		}
	}
}
