//! The stub of the wrapper module.

use crate::MADE;
use crate::signature::{
    TYPING, all, class, import, import_dataclass, inner_first, of_host, of_python, used,
};
use manifest::Bridge;

pub(crate) fn render(bridge: &Bridge) -> String {
    let records = inner_first(bridge).into_iter().map(|record| {
        let (head, fields) = class(record);
        format!("{head}{fields}\n")
    });
    let records: String = records.collect();
    let host = bridge.host.iter().map(of_host);
    let python = bridge.python.iter().map(of_python);
    let functions: String = host
        .chain(python)
        .map(|head| head.lines(0, ": ..."))
        .collect();
    let body = format!("{records}{functions}");
    let imports = import_dataclass(bridge) + &import("typing", &used(&body, &TYPING));
    let imports = match &*imports {
        "" => String::new(),
        imports => format!("\n{imports}"),
    };
    let all = all(bridge);
    format!("\"\"\"{MADE}\"\"\"\n{imports}\n{all}\n{body}")
}
