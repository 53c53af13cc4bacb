//! Each way of giving a tenant's token: sign in, switch to another tenant and back, be refused a third.

mod applications;
mod exchange;
mod issuers;
mod organization;
mod resource;
mod scope;
mod tenant_claim;
