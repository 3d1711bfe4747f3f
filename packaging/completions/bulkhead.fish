# Completion of bulkhead(8) for fish.

set -l commands status ps verify watch denials record events readiness check install uninstall default policy apparmor lint explain diff explain-record
set -l capabilities ALL NET_ADMIN NET_RAW SYS_ADMIN SYS_CHROOT SYS_PTRACE

complete -c bulkhead -n "not __fish_seen_subcommand_from $commands" -f -a "$commands"
complete -c bulkhead -n "not __fish_seen_subcommand_from $commands" -l version -d 'print the version'
complete -c bulkhead -l help -s h -d 'print the help'

complete -c bulkhead -n '__fish_seen_subcommand_from status' -f -l json -d 'print one JSON object'

complete -c bulkhead -n '__fish_seen_subcommand_from status' -l check -d 'tell only what no longer holds'

complete -c bulkhead -n '__fish_seen_subcommand_from ps' -f -l reasons -d 'print the reasons of the policy'
complete -c bulkhead -n '__fish_seen_subcommand_from ps' -l json -d 'print one JSON object'
complete -c bulkhead -n '__fish_seen_subcommand_from ps' -l watch -d 'print again every two seconds'

complete -c bulkhead -n '__fish_seen_subcommand_from verify' -f -l pid -x -a '(__fish_complete_pids)' -d 'one process'
complete -c bulkhead -n '__fish_seen_subcommand_from verify' -l all -d 'every container'
complete -c bulkhead -n '__fish_seen_subcommand_from verify' -l json -d 'print one JSON array'

complete -c bulkhead -n '__fish_seen_subcommand_from watch' -l print -d 'write the lines to standard output as well'
complete -c bulkhead -n '__fish_seen_subcommand_from watch' -l interval -x -d 'how often repetitions are told'
complete -c bulkhead -n '__fish_seen_subcommand_from watch' -l backlog-limit -x -d 'audit backlog limit of the kernel'

complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l container -x -d 'only of this container'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l namespace -x -d 'only of this Kubernetes namespace'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l since -x -d 'since when'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l syscall -x -d 'only this system call'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l top -x -d 'how many rows'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l would -d 'only what would be denied'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l follow -d 'print each as it comes'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l story -x -d 'all of one container'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l suggest -d 'the change that would allow it'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l dangerous -d 'suggest what would open the node, too'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l write -r -d 'write the changed profile there'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l profile -r -d 'the profile, where the log does not tell'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l as-profile -d 'a profile of what was let through'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l as-apparmor -d 'the same as an AppArmor profile'
complete -c bulkhead -n '__fish_seen_subcommand_from denials' -l json -d 'print the lines of the log'

complete -c bulkhead -n '__fish_seen_subcommand_from record' -a 'show profile merge export import'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l new-since -x -d 'only calls that are new since then'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l without-exec -d 'without what joined with exec'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l json -d 'print one JSON object'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l output -r -d 'write there'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l apparmor -d 'make an AppArmor profile'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l format -x -a 'oci docker spo' -d 'form of the profile'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l base -x -a 'runtime-default none' -d 'what a profile must not exceed'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l cap -x -a "$capabilities" -d 'a capability of the containers'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l arguments -d 'only values that were seen'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l incomplete -d 'take a record with losses'
complete -c bulkhead -n '__fish_seen_subcommand_from record' -l name -x -d 'keep it under this name'

complete -c bulkhead -n '__fish_seen_subcommand_from events' -l container -x -d 'only of this container'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l namespace -x -d 'only of this Kubernetes namespace'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l since -x -d 'since when'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l refused -d 'what was not started'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l observed -d 'what mode observe let through'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l changed -d 'what was started with an edited config.json'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l failed -d 'what was killed, or ended before its program'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l exec -d 'only of processes that joined a container'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l top -x -d 'how many rows'
complete -c bulkhead -n '__fish_seen_subcommand_from events' -l json -d 'print the lines of the log'
complete -c bulkhead -n '__fish_seen_subcommand_from readiness' -l namespace -x -d 'only of this Kubernetes namespace'
complete -c bulkhead -n '__fish_seen_subcommand_from readiness' -l since -x -d 'since when'
complete -c bulkhead -n '__fish_seen_subcommand_from readiness' -l json -d 'print one JSON object'
complete -c bulkhead -n '__fish_seen_subcommand_from check' -l id -x -d 'container id'
complete -c bulkhead -n '__fish_seen_subcommand_from check' -l runtime -r -d 'OCI runtime'
complete -c bulkhead -n '__fish_seen_subcommand_from check' -l full -d 'every line of the change'
complete -c bulkhead -n '__fish_seen_subcommand_from check' -l json -d 'print one JSON object'

complete -c bulkhead -n '__fish_seen_subcommand_from install uninstall' -f -a 'containerd crio podman docker'
complete -c bulkhead -n '__fish_seen_subcommand_from install uninstall' -l all-found -d 'every engine of this node'
complete -c bulkhead -n '__fish_seen_subcommand_from install uninstall' -l dry-run -d 'print the changes, make none'
complete -c bulkhead -n '__fish_seen_subcommand_from install uninstall' -l no-restart -d 'leave daemons alone'
complete -c bulkhead -n '__fish_seen_subcommand_from install uninstall' -l root -x -a '(__fish_complete_directories)' -d 'a root tree'
complete -c bulkhead -n '__fish_seen_subcommand_from install' -l mode -x -a 'observe enforce' -d 'the mode of the policy'
complete -c bulkhead -n '__fish_seen_subcommand_from install' -l runtime-class -x -d 'a handler of that name'
complete -c bulkhead -n '__fish_seen_subcommand_from install' -l no-verify -d 'start no container afterwards'

complete -c bulkhead -n '__fish_seen_subcommand_from default' -l cap -x -a "$capabilities" -d 'a capability of the container'
complete -c bulkhead -n '__fish_seen_subcommand_from default' -l arch -x -a 'amd64 386 arm64 arm' -d 'architecture'
complete -c bulkhead -n '__fish_seen_subcommand_from default' -l format -x -a 'oci docker' -d 'form of the profile'

complete -c bulkhead -n '__fish_seen_subcommand_from apparmor' -a 'list load complain enforce query lint default'
complete -c bulkhead -n '__fish_seen_subcommand_from apparmor' -l check -d 'compile to find out'
complete -c bulkhead -n '__fish_seen_subcommand_from apparmor' -l json -d 'print one JSON object'
complete -c bulkhead -n '__fish_seen_subcommand_from apparmor' -l format -x -a 'text json sarif' -d 'form of the result'
complete -c bulkhead -n '__fish_seen_subcommand_from apparmor' -l name -x -d 'the profile that the pod asks for'

complete -c bulkhead -n '__fish_seen_subcommand_from policy' -a 'check show init explain'
complete -c bulkhead -n '__fish_seen_subcommand_from policy' -l json -d 'print one JSON object'
complete -c bulkhead -n '__fish_seen_subcommand_from policy' -l output -r -d 'write it there'

complete -c bulkhead -n '__fish_seen_subcommand_from lint' -l cap -x -a "$capabilities" -d 'a capability of the container'
complete -c bulkhead -n '__fish_seen_subcommand_from lint' -l fix -d 'write the repairs that are safe'
complete -c bulkhead -n '__fish_seen_subcommand_from lint' -l format -x -a 'text json sarif' -d 'form of the result'
complete -c bulkhead -n '__fish_seen_subcommand_from lint' -l json -d 'the same as --format json'
complete -c bulkhead -n '__fish_seen_subcommand_from lint' -l needs -d 'what runtimes and programs need to start'

complete -c bulkhead -n '__fish_seen_subcommand_from explain' -l cap -x -a "$capabilities" -d 'a capability of the container'
complete -c bulkhead -n '__fish_seen_subcommand_from explain' -l json -d 'print JSON'
complete -c bulkhead -n '__fish_seen_subcommand_from explain' -l html -d 'print one page'
complete -c bulkhead -n '__fish_seen_subcommand_from explain diff' -a 'runtime/default unconfined'

complete -c bulkhead -n '__fish_seen_subcommand_from diff' -l cap -x -a "$capabilities" -d 'a capability of the container'
complete -c bulkhead -n '__fish_seen_subcommand_from diff' -l stricter-than -d 'is A at least as strict as B?'
complete -c bulkhead -n '__fish_seen_subcommand_from diff' -l json -d 'print one JSON object'
complete -c bulkhead -n '__fish_seen_subcommand_from explain-record' -F
complete -c bulkhead -n '__fish_seen_subcommand_from explain-record' -l profile -r -d 'the seccomp profile that the program was under'
complete -c bulkhead -n '__fish_seen_subcommand_from explain-record' -l json -d 'print one JSON object for each record'
