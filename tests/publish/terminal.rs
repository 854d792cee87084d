//! Somebody at a terminal is asked, and what is typed is not shown.

use crate::world::{FILES, TOKEN, World, told};
use std::process::Command;

/// Runs a program with a terminal of its own, waits for each question, and types the answer: a secret
/// when the terminal shows it no more, which is a moment after the question.
const TERMINAL: &str = r"
import os, pty, sys, json, termios, time
answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvpe(sys.argv[2], sys.argv[2:], dict(os.environ))
shown, seen = b'', 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if answers and answers[0][0].encode() in shown[seen:]:
        seen = len(shown)
        secret = not answers[0][0].startswith('User')
        while secret and termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answers.pop(0)[1].encode() + b'\n')
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
";

fn typed(world: &World, answers: &serde_json::Value) -> crate::world::Ran {
    let own = world.anonymous(&[]);
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON").expect("scripts/test sets it");
    let mut command = Command::new(python);
    command
        .args(["-c", TERMINAL, &answers.to_string()])
        .arg(own.get_program())
        .args(own.get_args())
        .current_dir(world.path())
        .env_clear();
    for (name, value) in own.get_envs() {
        command.env(name, value.expect("a value"));
    }
    told(&command.output().expect("it runs"))
}

#[test]
fn a_token_is_asked_for() {
    let world = World::new();
    let answers = serde_json::json!([["User at 127.0.0.1", ""], ["Token for __token__", TOKEN]]);
    let ran = typed(&world, &answers);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("credentials from the terminal"), "{ran:?}");
    assert!(!ran.out.contains(TOKEN), "it is not shown");
    assert_eq!(world.stored(), FILES);
}

#[test]
fn a_user_and_a_password_are_asked_for() {
    let world = World::new();
    let answers = serde_json::json!([["User at", "ada"], ["Password for ada", "wrong"]]);
    let ran = typed(&world, &answers);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("check the token"), "{ran:?}");
    let answers = serde_json::json!([["User at", "ada"], ["Password for ada", ""]]);
    let ran = typed(&world, &answers);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("nothing was typed"), "{ran:?}");
}
