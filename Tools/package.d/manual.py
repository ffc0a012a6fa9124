#!/usr/bin/python3
"""Writes a man page (man(7)) for each command of canlog.

usage: manual.py FOLDER DATE VERSION < DUMP

DUMP is what `canlog --experimental-dump-help` prints: the declarations of the commands, from which --help is
made as well. (The generate-manual plug-in of ArgumentParser would build the program a second time.)
"""

import json
import os
import re
import sys


def escaped(text):
    """Text as roff takes it: no escapes, no requests, and hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def paragraphs(text):
    """Paragraphs as they are; lines that are indented stay lines."""
    lines, is_verbatim = [], False
    for line in text.split("\n"):
        if line.startswith("  ") != is_verbatim and line:
            is_verbatim = not is_verbatim
            lines.append(".PP\n.nf" if is_verbatim else ".fi\n.PP")
        if line:
            lines.append(escaped(line))
        elif not is_verbatim and lines and lines[-1] != ".PP":
            lines.append(".PP")
    if is_verbatim:
        lines.append(".fi")
    return lines


def spelled(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def option(argument):
    """The lines about one option or argument."""
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        head = f"\\fI{escaped(value)}\\fR" + (" ..." if argument["isRepeating"] else "")
    else:
        names = sorted(argument["names"], key=lambda name: name["kind"] != "short")
        head = ", ".join(f"\\fB{escaped(spelled(name))}\\fR" for name in names)
        if argument["kind"] == "option":
            head += f" \\fI{escaped(value)}\\fR"
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    if default and argument["kind"] != "flag":
        text += f" (default: {default})"
    return [".TP", head, escaped(" ".join(text.split())) or "\\&"]


def page(words, command, date, version):
    name = "-".join(words)
    shown = [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]
    subcommands = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
    abstract = command.get("abstract", "").rstrip(".")
    lines = [f'.TH "{escaped(name.upper())}" "1" "{date}" "canlog {version}" "User Commands"', ".SH NAME",
             f"{escaped(name)} \\- {escaped(abstract[:1].lower() + abstract[1:])}", ".SH SYNOPSIS"]
    synopsis = [f"\\fB{escaped(' '.join(words))}\\fR"]
    if subcommands:
        synopsis.append("\\fIcommand\\fR")
    if any(argument["kind"] != "positional" for argument in shown):
        synopsis.append("[\\fIoptions\\fR]")
    for argument in shown:
        if argument["kind"] == "positional":
            text = f"\\fI{escaped(argument.get('valueName', 'value'))}\\fR" + (" ..." if argument["isRepeating"] else "")
            synopsis.append(f"[{text}]" if argument["isOptional"] else text)
    lines.append(" ".join(synopsis))
    lines += [".SH DESCRIPTION", escaped(command.get("abstract", ""))]
    if command.get("discussion"):
        lines += [".PP"] + paragraphs(command["discussion"])
    if subcommands:
        lines.append(".SH COMMANDS")
        for each in subcommands:
            lines += [".TP", f"\\fB{escaped('-'.join(words + [each['commandName']]))}\\fR(1)", escaped(each.get("abstract", ""))]
    sections = {}
    for argument in shown:
        sections.setdefault(argument.get("sectionTitle") or "", []).append(argument)
    if shown:
        lines.append(".SH OPTIONS")
        for title in sorted(sections, key=bool):
            if title:
                lines.append(f".SS {escaped(title)}")
            for argument in sections[title]:
                lines += option(argument)
    if name == "canlog-record":
        lines += [".SH FILES", ".TP", "\\fI/etc/canlog/station.yaml\\fR",
                  "What is recorded where no interface is named: the long options as keys.", ".TP",
                  "\\fI/var/lib/canlog\\fR", "Where the service \\fBcanlog\\-record@\\fIstation\\fR keeps its logs."]
    if len(words) > 1:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(words[:-1]))}\\fR(1)"]
    return name, "\n".join(line for line in lines if line) + "\n"


def pages(words, command, date, version):
    yield page(words, command, date, version)
    for each in command.get("subcommands", []):
        if each["commandName"] != "help":
            yield from pages(words + [each["commandName"]], each, date, version)


def main():
    folder, date, version = sys.argv[1:]
    for name, text in pages(["canlog"], json.load(sys.stdin)["command"], date, version):
        # Blank lines are requests of their own to some readers.
        with open(os.path.join(folder, name + ".1"), "w") as file:
            file.write(re.sub(r"\n+", "\n", text))


if __name__ == "__main__":
    main()
