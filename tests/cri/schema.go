package main

import (
	"fmt"
	"strconv"
	"strings"
)

// What the tests use of the API's messages (runtime.v1, k8s.io/cri-api): for each its members with
// their numbers and types. A type is one of the words of encode.go, a name of `enums`, or a message.
const schema = `
VersionRequest               version=1:string
VersionResponse              runtime_name=2:string runtime_version=3:string
RunPodSandboxRequest         config=1:PodSandboxConfig runtime_handler=2:string
RunPodSandboxResponse        pod_sandbox_id=1:string
StopPodSandboxRequest        pod_sandbox_id=1:string
StopPodSandboxResponse
RemovePodSandboxRequest      pod_sandbox_id=1:string
RemovePodSandboxResponse
CreateContainerRequest       pod_sandbox_id=1:string config=2:ContainerConfig sandbox_config=3:PodSandboxConfig
CreateContainerResponse      container_id=1:string
StartContainerRequest        container_id=1:string
StartContainerResponse
StopContainerRequest         container_id=1:string timeout=2:int
StopContainerResponse
RemoveContainerRequest       container_id=1:string
RemoveContainerResponse
ContainerStatusRequest       container_id=1:string verbose=2:bool
ContainerStatusResponse      status=1:ContainerStatus info=2:map
ExecSyncRequest              container_id=1:string cmd=2:strings timeout=3:int
ExecSyncResponse             stdout=1:string stderr=2:string exit_code=3:int

PodSandboxConfig             metadata=1:PodSandboxMetadata hostname=2:string log_directory=3:string labels=6:map annotations=7:map linux=8:LinuxPodSandboxConfig
PodSandboxMetadata           name=1:string uid=2:string namespace=3:string attempt=4:int
LinuxPodSandboxConfig        cgroup_parent=1:string security_context=2:LinuxSandboxSecurityContext
LinuxSandboxSecurityContext  namespace_options=1:NamespaceOption privileged=6:bool seccomp=9:SecurityProfile apparmor=10:SecurityProfile
NamespaceOption              network=1:NamespaceMode pid=2:NamespaceMode ipc=3:NamespaceMode
SecurityProfile              profile_type=1:ProfileType localhost_ref=2:string

ContainerConfig              metadata=1:ContainerMetadata image=2:ImageSpec command=3:strings args=4:strings labels=9:map annotations=10:map log_path=11:string linux=15:LinuxContainerConfig
ContainerMetadata            name=1:string attempt=2:int
ImageSpec                    image=1:string
LinuxContainerConfig         security_context=2:LinuxContainerSecurityContext
LinuxContainerSecurityContext privileged=2:bool namespace_options=3:NamespaceOption apparmor_profile=9:string no_new_privs=11:bool seccomp=15:SecurityProfile apparmor=16:SecurityProfile
ContainerStatus              id=1:string metadata=2:ContainerMetadata state=3:ContainerState exit_code=7:int reason=10:string message=11:string
`

// The names of an enumeration's values; each stands at its number.
var enums = map[string][]string{
	"NamespaceMode":  {"POD", "CONTAINER", "NODE", "TARGET"},
	"ProfileType":    {"RuntimeDefault", "Unconfined", "Localhost"},
	"ContainerState": {"CREATED", "RUNNING", "EXITED", "UNKNOWN"},
}

type member struct {
	name   string
	number uint64
	kind   string
}

// members of the message with this name, as the schema has them.
func members(message string) ([]member, error) {
	for _, line := range strings.Split(schema, "\n") {
		words := strings.Fields(line)
		if len(words) > 0 && words[0] == message {
			return parsed(words[1:]), nil
		}
	}
	return nil, fmt.Errorf("no message %q in the schema", message)
}

func parsed(words []string) []member {
	var all []member
	for _, word := range words {
		name, rest, _ := strings.Cut(word, "=")
		number, kind, _ := strings.Cut(rest, ":")
		value, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			panic(err) // the schema is ours
		}
		all = append(all, member{name: name, number: value, kind: kind})
	}
	return all
}
