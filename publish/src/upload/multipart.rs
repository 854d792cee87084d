//! A form as the body of a request (RFC 7578).

use super::Form;
use memchr::memmem;
use wheel::page::Sha256;

/// What stands before and after the file's bytes. The file itself is not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipart {
    /// The request's content type, with the boundary.
    pub content_type: String,
    /// All fields, and the head of the file's part.
    pub head: Vec<u8>,
    /// The end.
    pub tail: Vec<u8>,
}

impl Multipart {
    /// The body of a form with this file. The boundary is made from the contents, so that a request
    /// can be made again to the byte.
    #[must_use]
    pub fn of(form: &Form, content: &[u8]) -> Self {
        let fields: String = form
            .fields
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        let mut seed = Sha256::of(content).to_string();
        let boundary = loop {
            let boundary = format!("mochi-{}", &seed[..32]);
            let inside = |text: &[u8]| memmem::find(text, boundary.as_bytes()).is_some();
            if !inside(content) && !inside(fields.as_bytes()) {
                break boundary;
            }
            seed = Sha256::of(seed.as_bytes()).to_string();
        };
        let mut head = String::new();
        for (name, value) in &form.fields {
            head += &format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        head += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            form.filename
        );
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            head: head.into_bytes(),
            tail: format!("\r\n--{boundary}--\r\n").into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(value: &str) -> Form {
        Form {
            filename: "demo-1.0.tar.gz".to_owned(),
            fields: vec![("name", value.to_owned())],
        }
    }

    #[test]
    fn fields_come_first_and_the_file_last() {
        let made = Multipart::of(&form("demo"), b"bytes");
        let (_, boundary) = made.content_type.split_once("boundary=").unwrap();
        let head = String::from_utf8(made.head).unwrap();
        assert_eq!(
            head,
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\ndemo\r\n\
                 --{boundary}\r\nContent-Disposition: form-data; name=\"content\"; \
                 filename=\"demo-1.0.tar.gz\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            )
        );
        assert_eq!(made.tail, format!("\r\n--{boundary}--\r\n").into_bytes());
    }

    /// A description that quotes the boundary must not end its part.
    #[test]
    fn the_boundary_is_in_no_value() {
        let plain = Multipart::of(&form("demo"), b"bytes").content_type;
        let (_, boundary) = plain.split_once("boundary=").unwrap();
        let other = Multipart::of(&form(boundary), b"bytes").content_type;
        assert_ne!(plain, other);
        assert_eq!(plain, Multipart::of(&form("demo"), b"bytes").content_type);
    }
}
