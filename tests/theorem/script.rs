//! Random workflows: commands of the shell.

use super::commands::{PROGRAMS, Program, SHAPES, Shape};
use super::generate::Generator;
use super::place::Place;
use super::plan::Step;

impl Generator<'_> {
    /// `sh "…"` with a program behind one or two layers of shell.
    pub(super) fn command(&mut self, place: &Place) -> String {
        let (text, effects) = self.something();
        let failure = self.tape.weighted(&[(70, ""), (30, "try ")]);
        let separator = self.tape.weighted(&[(60, "; "), (20, " && "), (20, "\n")]);
        self.step(place, &effects, |_, at, number| {
            let script = escaped(&format!("{separator}{text}"));
            let command = format!("sh \": m{number} {}{script}\"", at.way);
            if failure.is_empty() { format!("{command}\n") } else { format!("let o{number} = try {command}\n") }
        })
    }

    /// The default of a parameter that asks the host for it. It knows nothing of the way to it, nor can it be narrowed: it is
    /// up to the callers where it runs.
    pub(super) fn default(&mut self, place: &Place) -> String {
        let (text, effects) = self.something();
        let number = self.plan.steps.len();
        let forbidden = self.forbidden(place, &effects);
        let careless = !forbidden.is_empty() && (self.is_careless() || self.tape.chance(10));
        self.plan.careless.extend(careless.then(|| place.way.clone()));
        self.plan.steps.push(Step { effects: effects.clone() });
        self.current.effects.extend(effects);
        if !careless {
            self.current.exposed.extend(forbidden);
        }
        format!("sh(\": m{number} {}; {}\").stdout", place.way, escaped(&text))
    }

    /// A command, more often than not of a program that is forbidden somewhere.
    fn something(&mut self) -> (String, Vec<&'static str>) {
        let mut program = &PROGRAMS[self.tape.weighted(&PROGRAM_WEIGHTS)];
        let forbidden = |effect: &&str| self.plan.forbids.iter().any(|(forbidden, _)| forbidden == effect);
        for _ in 0..2 {
            if program.effects.iter().any(forbidden) {
                break;
            }
            program = &PROGRAMS[self.tape.weighted(&PROGRAM_WEIGHTS)];
        }
        self.wrapped(program)
    }

    fn wrapped(&mut self, program: &Program) -> (String, Vec<&'static str>) {
        let mut text = program.text.to_owned();
        let mut effects: Vec<&'static str> = program.effects.to_vec();
        for _ in 0..self.tape.weighted(&[(40, 0), (45, 1), (15, 2)]) {
            let shape: &Shape = self.tape.pick(SHAPES);
            let may = shape.is_clear() || self.tape.chance(3);
            if may && shape.takes(&text) {
                text = shape.with(&text);
                if !shape.runs {
                    effects.clear();
                }
                effects.extend(shape.also);
            }
        }
        effects.sort_unstable();
        effects.dedup();
        (text, effects)
    }
}

/// Shell text within a string of the language.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace("{{", "\\{{")
}

/// How often each program is used.
const PROGRAM_WEIGHTS: [(usize, usize); PROGRAMS.len()] = [
    (10, 0),
    (25, 1),
    (14, 2),
    (8, 3),
    (4, 4),
    (8, 5),
    (8, 6),
    (8, 7),
    (4, 8),
    (2, 9),
    (4, 10),
    (4, 11),
    (4, 12),
    (4, 13),
];
