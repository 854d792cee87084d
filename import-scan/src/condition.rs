//! Whether a target takes a branch, where that can be told from the text.

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCompare, Number, UnaryOp};
use std::collections::BTreeMap;
use tag_matrix::Environment;

/// What is known where a test stands.
pub(crate) struct Known<'e> {
    /// The environment.
    pub(crate) environment: &'e Environment,
    /// What names at module level were set to: `ON_WINDOWS = os.name == "nt"`.
    pub(crate) flags: BTreeMap<String, bool>,
}

/// What a test comes to; `None` where the text does not tell.
pub(crate) fn holds(test: &Expr, known: &Known) -> Option<bool> {
    let environment = known.environment;
    match test {
        Expr::BooleanLiteral(literal) => Some(literal.value),
        Expr::Name(name) if known.flags.contains_key(name.id.as_str()) => {
            known.flags.get(name.id.as_str()).copied()
        }
        Expr::Name(name) if name.id == "TYPE_CHECKING" => Some(false),
        Expr::Attribute(attribute) if attribute.attr.as_str() == "TYPE_CHECKING" => Some(false),
        Expr::UnaryOp(operation) if operation.op == UnaryOp::Not => {
            holds(&operation.operand, known).map(|value| !value)
        }
        Expr::BoolOp(operation) => {
            let values = operation.values.iter().map(|value| holds(value, known));
            all_or_any(operation.op, values)
        }
        Expr::Compare(comparison) => compare(comparison, environment),
        Expr::Call(call) => {
            let Expr::Attribute(method) = &*call.func else {
                return None;
            };
            let left = text(&method.value, environment)?;
            let [argument] = &*call.arguments.args else {
                return None;
            };
            match method.attr.as_str() {
                "startswith" => Some(left.starts_with(&literal(argument)?)),
                "endswith" => Some(left.ends_with(&literal(argument)?)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn all_or_any(op: BoolOp, values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let decisive = op == BoolOp::Or;
    let mut unknown = false;
    for value in values {
        match value {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!decisive)
}

fn compare(comparison: &ExprCompare, environment: &Environment) -> Option<bool> {
    let ([op], [right]) = (&*comparison.ops, &*comparison.comparators) else {
        return None;
    };
    let left = path(&comparison.left);
    if left.is_some_and(|left| left.trim_start_matches('_') == "sys.version_info") {
        return by_version(*op, right, environment);
    }
    let (left, right) = match text(&comparison.left, environment) {
        Some(known) => (known, right),
        None => (text(right, environment)?, &*comparison.left),
    };
    match op {
        CmpOp::Eq => Some(left == literal(right)?),
        CmpOp::NotEq => Some(left != literal(right)?),
        CmpOp::In => Some(members(right)?.contains(&left)),
        CmpOp::NotIn => Some(!members(right)?.contains(&left)),
        _ => None,
    }
}

/// `sys.version_info >= (3, 12)`.
fn by_version(op: CmpOp, right: &Expr, environment: &Environment) -> Option<bool> {
    let Expr::Tuple(tuple) = right else {
        return None;
    };
    let wanted: Vec<u32> = tuple.elts.iter().map(number).collect::<Option<_>>()?;
    let mut full = environment
        .full_version()
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let own: Vec<u32> = full.by_ref().take(wanted.len().max(2)).collect();
    match op {
        CmpOp::Lt => Some(own < wanted),
        CmpOp::LtE => Some(own <= wanted),
        CmpOp::Gt => Some(own > wanted),
        CmpOp::GtE => Some(own >= wanted),
        _ => None,
    }
}

fn number(expression: &Expr) -> Option<u32> {
    match expression {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => int.as_u64().and_then(|int| u32::try_from(int).ok()),
            _ => None,
        },
        _ => None,
    }
}

/// What the environment has under a name such as `sys.platform`.
fn text(expression: &Expr, environment: &Environment) -> Option<String> {
    if let Expr::Call(call) = expression {
        let asked = path(&call.func)?;
        let plain = call.arguments.args.is_empty() && call.arguments.keywords.is_empty();
        let markers = environment.markers();
        return match asked.as_str() {
            "platform.system" if plain => Some(markers.platform_system.clone()),
            "platform.machine" if plain => Some(markers.platform_machine.clone()),
            "platform.python_implementation" if plain => {
                Some(markers.platform_python_implementation.clone())
            }
            "sys.platform.lower" => Some(markers.sys_platform.to_lowercase()),
            _ => None,
        };
    }
    let markers = environment.markers();
    // `from sys import platform` is as usual as `sys.platform`, and so is `import sys as _sys`.
    match path(expression)?.trim_start_matches('_') {
        "sys.platform" | "platform" => Some(markers.sys_platform.clone()),
        "os.name" => Some(markers.os_name.clone()),
        // A module is imported, not run.
        "name__" => Some("an imported module".to_owned()),
        "sys.implementation.name" => Some(markers.implementation_name.clone()),
        _ => None,
    }
}

/// A name with its attributes, `sys.platform`.
fn path(expression: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut rest = expression;
    while let Expr::Attribute(attribute) = rest {
        parts.push(attribute.attr.as_str());
        rest = &attribute.value;
        if parts.len() > 4 {
            return None;
        }
    }
    let Expr::Name(name) = rest else {
        return None;
    };
    parts.push(name.id.as_str());
    parts.reverse();
    Some(parts.join("."))
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        _ => None,
    }
}

fn members(expression: &Expr) -> Option<Vec<String>> {
    let elements = match expression {
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::List(list) => &list.elts,
        Expr::Set(set) => &set.elts,
        _ => return None,
    };
    elements.iter().map(literal).collect()
}
