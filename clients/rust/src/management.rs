//! Credentials, stamping sessions, stamps and the audit log.

use std::io::{Read, Write};

use kyso_api::management::{
    AuditPage, AuditQuery, CertificateChain, Credential, DisputeSignature, ExportQuery, HandOver,
    KeyDay, KeyUseQuery, List, NewCredential, NewCredentialReply, NewSignatures,
    NewSignaturesReply, NewStampingSession, ReasonRequest, SealReply, SealRequest,
    SignatureDispute, SignaturePage, SignatureQuery, StampReply, StampRequest, StampingSession,
    TimeStamp, ViewPage, ViewQuery, Views,
};
use serde_json::{Value, json};
use ureq::http::Method;
use uuid::Uuid;

use crate::transport::{Content, written};
use crate::{Client, ClientError};

impl Client {
    /// Credentials that the caller may see.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn credentials(&self) -> Result<Vec<Credential>, ClientError> {
        self.get::<List<Credential>>("/api/v1/credentials")
            .map(|list| list.items)
    }

    /// One credential.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn credential(&self, id: &str) -> Result<Credential, ClientError> {
        self.get(&format!("/api/v1/credentials/{id}"))
    }

    /// Makes a key and the request for its certificate.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn add_credential(
        &self,
        credential: &NewCredential,
    ) -> Result<NewCredentialReply, ClientError> {
        self.post("/api/v1/credentials", credential)
    }

    /// Gives a credential the certificate that was issued elsewhere; leaf first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn import_certificate(&self, id: &str, chain_pem: &str) -> Result<(), ClientError> {
        let body = CertificateChain {
            chain_pem: chain_pem.to_owned(),
        };
        self.post::<Value>(&format!("/api/v1/credentials/{id}/certificate"), &body)
            .map(drop)
    }

    /// Has the evaluation CA issue the certificate; it has no legal value.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn issue_certificate(&self, id: &str) -> Result<(), ClientError> {
        self.post::<Value>(&format!("/api/v1/credentials/{id}/issue"), &json!({}))
            .map(drop)
    }

    /// Records that the owner took the credential over.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn hand_over(&self, id: &str, basis: &str) -> Result<(), ClientError> {
        let body = HandOver {
            basis: basis.to_owned(),
        };
        self.post::<Value>(&format!("/api/v1/credentials/{id}/hand-over"), &body)
            .map(drop)
    }

    /// Stops a credential, at once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn lock_credential(&self, id: &str, reason: &str) -> Result<(), ClientError> {
        self.with_reason(id, "lock", reason)
    }

    /// Ends a credential, at once and for good.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn revoke_credential(&self, id: &str, reason: &str) -> Result<(), ClientError> {
        self.with_reason(id, "revoke", reason)
    }

    fn with_reason(&self, id: &str, act: &str, reason: &str) -> Result<(), ClientError> {
        let body = ReasonRequest {
            reason: reason.to_owned(),
        };
        self.post::<Value>(&format!("/api/v1/credentials/{id}/{act}"), &body)
            .map(drop)
    }

    /// Stamping sessions that the caller may see.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn stamping_sessions(&self) -> Result<Vec<StampingSession>, ClientError> {
        self.get::<List<StampingSession>>("/api/v1/stamping-sessions")
            .map(|list| list.items)
    }

    /// Opens a stamping session.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn open_stamping_session(
        &self,
        session: &NewStampingSession,
    ) -> Result<StampingSession, ClientError> {
        self.post("/api/v1/stamping-sessions", session)
    }

    /// Closes a stamping session, at once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn close_stamping_session(&self, id: &str) -> Result<(), ClientError> {
        let path = format!("/api/v1/stamping-sessions/{id}/close");
        self.post::<Value>(&path, &json!({})).map(drop)
    }

    /// A page of what was stamped in a session, the youngest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn stamped(&self, id: &str, query: &SignatureQuery) -> Result<SignaturePage, ClientError> {
        self.query(&format!("/api/v1/stamping-sessions/{id}/signatures"), query)
    }

    /// A page of the uses of one's own keys, the youngest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn own_signatures(&self, query: &SignatureQuery) -> Result<SignaturePage, ClientError> {
        self.query("/api/v1/signatures", query)
    }

    /// Says that a signature is not one's own: its key is locked at once. Repeated, it is answered the same.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn dispute_signature(
        &self,
        call: &str,
        dispute: &DisputeSignature,
    ) -> Result<SignatureDispute, ClientError> {
        self.post(&format!("/api/v1/signatures/{call}/dispute"), dispute)
    }

    /// The receipt of a call that used a key (C2SP `tlog-proof`), as it is to be kept.
    ///
    /// # Errors
    /// [`ClientError`]; `receipt_pending` until a checkpoint holds the entry, which takes seconds.
    pub fn receipt(&self, call: &str) -> Result<Vec<u8>, ClientError> {
        let path = format!("/api/v1/receipts/{call}");
        Ok(self.call(Method::GET, &path, &[], None)?.body)
    }

    /// Stamps. The same key with the same request never signs twice, so a call that got no answer
    /// is repeated with the same key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn stamp(
        &self,
        idempotency_key: &str,
        request: &StampRequest,
    ) -> Result<StampReply, ClientError> {
        let headers = [("idempotency-key", idempotency_key)];
        let content = Content::json(request)?;
        self.call(Method::POST, "/api/v1/stamps", &headers, Some(content))?
            .json()
    }

    /// Has documents signed by the digests, and the signatures built by the server. The same key
    /// with the same request never signs twice, so a call that got no answer is repeated with the
    /// same key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn sign_documents(
        &self,
        idempotency_key: &str,
        request: &NewSignatures,
    ) -> Result<NewSignaturesReply, ClientError> {
        let headers = [("idempotency-key", idempotency_key)];
        let content = Content::json(request)?;
        self.call(Method::POST, "/api/v1/signatures", &headers, Some(content))?
            .json()
    }

    /// Has a prepared PDF sealed, which the server reads first. The same key with the same request never
    /// seals twice, so a call that got no answer is repeated with the same key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn seal_document(
        &self,
        idempotency_key: &str,
        request: &SealRequest,
    ) -> Result<SealReply, ClientError> {
        let headers = [("idempotency-key", idempotency_key)];
        let content = Content::json(request)?;
        self.call(Method::POST, "/api/v1/seals", &headers, Some(content))?
            .json()
    }

    /// The same with the PDF sent after the request, which says where its signatures stand (`prepared`), while it is read: neither
    /// side holds it whole. Who repeats the call reads the file from its beginning again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn seal_prepared(
        &self,
        idempotency_key: &str,
        request: &SealRequest,
        file: &mut impl Read,
    ) -> Result<SealReply, ClientError> {
        let headers = [("idempotency-key", idempotency_key)];
        // Nothing in a file could foresee it.
        let boundary = Uuid::now_v7().simple().to_string();
        let (before, after) = (
            form_before(&boundary, request)?,
            format!("\r\n--{boundary}--\r\n"),
        );
        let mut body = before.as_slice().chain(file).chain(after.as_bytes());
        let content = Content::parts(&boundary, &mut body);
        self.call(Method::POST, "/api/v1/seals", &headers, Some(content))?
            .json()
    }

    /// A time stamp that was asked for with a signature, with its token once the server holds it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn time_stamp(&self, id: &str) -> Result<TimeStamp, ClientError> {
        self.get(&format!("/api/v1/time-stamps/{id}"))
    }

    /// One page of the audit log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit(&self, query: &AuditQuery) -> Result<AuditPage, ClientError> {
        self.query("/api/v1/audit", query)
    }

    /// A part of the audit log as one signed file, written as it comes; how many bytes it has.
    ///
    /// # Errors
    /// [`ClientError`]; what was written before is then cut off, which a verifier sees.
    pub fn export_audit(
        &self,
        query: &ExportQuery,
        to: &mut impl Write,
    ) -> Result<u64, ClientError> {
        let query = serde_urlencoded::to_string(query)
            .map_err(|error| ClientError::Configuration(error.to_string()))?;
        self.download(&format!("/api/v1/audit/export?{query}"), to)
    }

    /// The standing questions of security officers, counted between these times.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_views(&self, query: &ViewQuery) -> Result<Views, ClientError> {
        self.query("/api/v1/audit/views", query)
    }

    /// One page of a standing question.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_view(&self, name: &str, query: &ViewQuery) -> Result<ViewPage, ClientError> {
        self.query(&format!("/api/v1/audit/views/{name}"), query)
    }

    /// Who could have used a key on a day, and who did.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn key_use(&self, query: &KeyUseQuery) -> Result<KeyDay, ClientError> {
        self.query("/api/v1/audit/key-use", query)
    }
}

/// The form up to the first byte of the file.
fn form_before(boundary: &str, request: &SealRequest) -> Result<Vec<u8>, ClientError> {
    let head = |name, kind| {
        let line = format!("--{boundary}\r\nContent-Disposition: form-data; {name}\r\n");
        format!("{line}Content-Type: {kind}\r\n\r\n").into_bytes()
    };
    let request = [
        head("name=\"request\"", "application/json"),
        written(request)?,
        b"\r\n".to_vec(),
    ];
    let file = head("name=\"file\"; filename=\"file.pdf\"", "application/pdf");
    Ok([request.concat(), file].concat())
}
