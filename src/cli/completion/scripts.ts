// The shells only ask; what may come next is decided in complete.ts. An empty answer with status 9: a file name.

export const FILE_STATUS = 9;

const BASH = String.raw`_multivisor() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words current reply
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${'$'}{words[-1]}
  reply=$(multivisor completion words -- "${'$'}{words[@]:1}" 2>/dev/null)
  if (($? == ${FILE_STATUS})); then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  # bash takes a colon for the end of a word: what stands before it must not be repeated.
  local prefix=""
  [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && prefix=${'$'}{current%"${'$'}{current##*:}"}
  COMPREPLY=()
  local word
  while IFS= read -r word; do
    [[ -n $word ]] && printf -v word %q "${'$'}{word#"$prefix"}" && COMPREPLY+=("$word")
  done <<< "$reply"
  [[ ${'$'}{#COMPREPLY[@]} == 1 && ${'$'}{COMPREPLY[0]} == *: ]] && compopt -o nospace
}
complete -F _multivisor multivisor
`;

const ZSH = String.raw`#compdef multivisor
_multivisor() {
  local -a reply
  reply=("${'$'}{(@f)$(multivisor completion words -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (($? == ${FILE_STATUS})); then
    _files
    return
  fi
  reply=(${'$'}{reply:#})
  compadd -Q -S '' -- ${'$'}{(M)reply:#*:}
  compadd -- ${'$'}{reply:#*:}
}
if [ "$funcstack[1]" = _multivisor ]; then _multivisor "$@"; else compdef _multivisor multivisor; fi
`;

const FISH = String.raw`function __multivisor_complete
  set -l words (commandline -opc) (commandline -ct)
  multivisor completion words -- $words[2..] 2>/dev/null
  or __fish_complete_path (commandline -ct)
end
complete -c multivisor -f -a '(__multivisor_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
