// Prints what the AWS provider's own schemas say of resource types beyond their shape, as JSON: what forces a new
// resource, defaults, what is sensitive, what excludes what, the version of the state. Compiled inside the provider's
// module, because Go lets nobody else import its internal packages; see toolchain/provider_facts.py.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	fwschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-provider-aws/internal/conns"
	"github.com/hashicorp/terraform-provider-aws/internal/provider/framework"
	"github.com/hashicorp/terraform-provider-aws/internal/provider/sdkv2"
)

// facts of one resource type; `a.b` is attribute b in the blocks a.
type facts struct {
	Made          string              `json:"made_with"`
	Version       int64               `json:"schema_version"`
	ForcesNew     []string            `json:"forces_new,omitempty"`
	Conditionally []string            `json:"forces_new_conditionally,omitempty"`
	Defaults      map[string]any      `json:"defaults,omitempty"`
	Sensitive     []string            `json:"sensitive,omitempty"`
	ConflictsWith map[string][]string `json:"conflicts_with,omitempty"`
	// Code of the resource's own decides during a plan too, of which a schema says nothing.
	DecidesInPlan bool `json:"decides_in_plan,omitempty"`
}

func main() {
	log.SetOutput(os.Stderr)
	ctx := context.Background()
	older, err := sdkv2.NewProvider(ctx)
	if err != nil {
		log.Fatal(err)
	}
	newer, err := framework.NewProvider(ctx, older)
	if err != nil {
		log.Fatal(err)
	}
	found := map[string]*facts{}
	for _, name := range os.Args[1:] {
		if served, ok := older.ResourcesMap[name]; ok {
			of := &facts{Made: "sdk", Version: int64(served.SchemaVersion)}
			of.addSDK("", served.SchemaMap())
			found[name] = of
		}
	}
	for _, create := range newer.Resources(ctx) {
		served := create()
		var named resource.MetadataResponse
		served.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "aws"}, &named)
		if !slices.Contains(os.Args[1:], named.TypeName) {
			continue
		}
		var answer resource.SchemaResponse
		served.Schema(ctx, resource.SchemaRequest{}, &answer)
		of := &facts{Made: "framework", Version: answer.Schema.Version}
		of.addFramework(ctx, "", answer.Schema.Attributes, answer.Schema.Blocks)
		found[named.TypeName] = of
	}
	markDeciding(ctx, older.Meta().(*conns.AWSClient), found)
	for _, name := range os.Args[1:] {
		if found[name] == nil {
			log.Fatalf("the provider has no %s", name)
		}
		found[name].sort()
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

// markDeciding asks the services themselves: the provider wraps every resource in a plan of its own, for tags and region.
func markDeciding(ctx context.Context, client *conns.AWSClient, found map[string]*facts) {
	for service := range client.ServicePackages(ctx) {
		for _, served := range service.SDKResources(ctx) {
			if of := found[served.TypeName]; of != nil {
				of.DecidesInPlan = served.Factory().CustomizeDiff != nil
			}
		}
		for _, served := range service.FrameworkResources(ctx) {
			if of := found[served.TypeName]; of != nil {
				inner, err := served.Factory(ctx)
				if err != nil {
					log.Fatal(err)
				}
				_, of.DecidesInPlan = inner.(resource.ResourceWithModifyPlan)
			}
		}
	}
}

func (of *facts) addSDK(prefix string, attributes map[string]*schema.Schema) {
	for name, attribute := range attributes {
		path := prefix + name
		if attribute.ForceNew {
			of.ForcesNew = append(of.ForcesNew, path)
		}
		if attribute.Default != nil {
			of.setDefault(path, attribute.Default)
		}
		if attribute.Sensitive {
			of.Sensitive = append(of.Sensitive, path)
		}
		if len(attribute.ConflictsWith) > 0 {
			if of.ConflictsWith == nil {
				of.ConflictsWith = map[string][]string{}
			}
			of.ConflictsWith[path] = attribute.ConflictsWith // the SDK writes `a.0.b`
		}
		if nested, ok := attribute.Elem.(*schema.Resource); ok {
			of.addSDK(path+".", nested.SchemaMap())
		}
	}
}

func (of *facts) addFramework(
	ctx context.Context, prefix string, attributes map[string]fwschema.Attribute, blocks map[string]fwschema.Block,
) {
	for name, attribute := range attributes {
		path := prefix + name
		of.addModifiers(path, attribute)
		if value, ok := frameworkDefault(ctx, attribute); ok {
			of.setDefault(path, value)
		}
		if attribute.IsSensitive() {
			of.Sensitive = append(of.Sensitive, path)
		}
	}
	for name, block := range blocks {
		of.addModifiers(prefix+name, block)
		switch nested := block.(type) {
		case fwschema.ListNestedBlock:
			of.addFramework(ctx, prefix+name+".", nested.NestedObject.Attributes, nested.NestedObject.Blocks)
		case fwschema.SetNestedBlock:
			of.addFramework(ctx, prefix+name+".", nested.NestedObject.Attributes, nested.NestedObject.Blocks)
		case fwschema.SingleNestedBlock:
			of.addFramework(ctx, prefix+name+".", nested.Attributes, nested.Blocks)
		}
	}
}

// addModifiers tells RequiresReplace from other plan modifiers by what it says of itself: its type is private. One that
// decides by conditions of its own has a text of its own.
func (of *facts) addModifiers(path string, holder any) {
	modifiers := reflect.ValueOf(holder).FieldByName("PlanModifiers")
	if !modifiers.IsValid() {
		return
	}
	for index := range modifiers.Len() {
		described, ok := modifiers.Index(index).Interface().(interface{ Description(context.Context) string })
		if !ok || !strings.Contains(strings.ToLower(fmt.Sprintf("%T", described)), "requiresreplace") {
			continue
		}
		always := "If the value of this attribute changes, Terraform will destroy and recreate the resource."
		if described.Description(context.Background()) == always {
			of.ForcesNew = append(of.ForcesNew, path)
		} else {
			of.Conditionally = append(of.Conditionally, path)
		}
	}
}

func frameworkDefault(ctx context.Context, attribute fwschema.Attribute) (any, bool) {
	field := reflect.ValueOf(attribute).FieldByName("Default")
	if !field.IsValid() || field.IsNil() {
		return nil, false
	}
	switch given := field.Interface().(type) {
	case defaults.String:
		var answer defaults.StringResponse
		given.DefaultString(ctx, defaults.StringRequest{}, &answer)
		return answer.PlanValue.ValueString(), true
	case defaults.Bool:
		var answer defaults.BoolResponse
		given.DefaultBool(ctx, defaults.BoolRequest{}, &answer)
		return answer.PlanValue.ValueBool(), true
	case defaults.Int64:
		var answer defaults.Int64Response
		given.DefaultInt64(ctx, defaults.Int64Request{}, &answer)
		return answer.PlanValue.ValueInt64(), true
	case defaults.Int32:
		var answer defaults.Int32Response
		given.DefaultInt32(ctx, defaults.Int32Request{}, &answer)
		return answer.PlanValue.ValueInt32(), true
	}
	log.Fatalf("no way is known to read a default of type %s", field.Type())
	return nil, false
}

func (of *facts) setDefault(path string, value any) {
	if of.Defaults == nil {
		of.Defaults = map[string]any{}
	}
	of.Defaults[path] = value
}

func (of *facts) sort() {
	slices.Sort(of.ForcesNew)
	slices.Sort(of.Conditionally)
	slices.Sort(of.Sensitive)
}
