// A terminal at one end of a session by golang.org/x/crypto/ssh.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(255)
	}
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "golang.org/x/crypto" {
			return module.Version
		}
	}
	return "unknown"
}

func main() {
	if os.Args[1] == "--version" {
		fmt.Println(version())
		return
	}
	config := &ssh.ClientConfig{User: os.Args[3], HostKeyCallback: ssh.InsecureIgnoreHostKey()}
	if len(os.Args) > 4 {
		file, err := os.ReadFile(os.Args[4])
		must(err)
		signer, err := ssh.ParsePrivateKey(file)
		must(err)
		config.Auth = []ssh.AuthMethod{ssh.PublicKeys(signer)}
	}
	client, err := ssh.Dial("tcp", os.Args[1]+":"+os.Args[2], config)
	must(err)
	session, err := client.NewSession()
	must(err)
	columns, rows, err := term.GetSize(0)
	must(err)
	must(session.RequestPty(os.Getenv("TERM"), rows, columns, ssh.TerminalModes{}))
	session.Stdin, session.Stdout, session.Stderr = os.Stdin, os.Stdout, os.Stderr
	before, err := term.MakeRaw(0)
	must(err)
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		for range resized {
			if columns, rows, err := term.GetSize(0); err == nil {
				_ = session.WindowChange(rows, columns)
			}
		}
	}()
	must(session.Shell())
	ended := session.Wait()
	_ = term.Restore(0, before)
	var exit *ssh.ExitError
	if errors.As(ended, &exit) {
		os.Exit(exit.ExitStatus())
	}
	must(ended)
}
