package dev.keyward.keycloak;

import jakarta.ws.rs.core.Response.Status;
import java.io.IOException;
import org.apache.http.client.config.RequestConfig;
import org.jboss.logging.Logger;
import org.keycloak.OAuthErrorException;
import org.keycloak.http.simple.SimpleHttp;
import org.keycloak.http.simple.SimpleHttpResponse;
import org.keycloak.models.KeycloakSession;
import org.keycloak.services.ErrorResponseException;

/** The directory, asked over HTTP by Keycloak's own client: its trust store and proxies count here too. */
final class Directory {
    private static final Logger LOG = Logger.getLogger(Directory.class);
    /** A person waits. */
    private static final int MILLISECONDS = 3_000;
    private static final RequestConfig PATIENCE = RequestConfig.custom()
            .setConnectTimeout(MILLISECONDS)
            .setConnectionRequestTimeout(MILLISECONDS)
            .setSocketTimeout(MILLISECONDS)
            .setRedirectsEnabled(false)
            .build();

    private final KeycloakSession session;
    private final String url;
    private final String secret;

    Directory(KeycloakSession session, String url, String secret) {
        this.session = session;
        this.url = url;
        try (var kept = session.vault().getStringSecret(secret)) {
            this.secret = kept.get().orElse(secret);
        }
    }

    /** Throws what the client is to be answered where there is to be no token: nothing of this request is kept then. */
    Answer ask(Question question) {
        var http = SimpleHttp.create(session).withRequestConfig(PATIENCE).doPost(url).auth(secret).acceptJson();
        try (SimpleHttpResponse response = http.json(question).asResponse()) {
            if (response.getStatus() == Status.OK.getStatusCode()) {
                Answer answer = response.asJson(Answer.class);
                if (answer.claims() != null) {
                    return answer;
                }
                throw away("it answered without claims");
            }
            if (response.getStatus() == Status.FORBIDDEN.getStatusCode()) {
                String words = response.asJson(Answer.Refused.class).message();
                throw new ErrorResponseException(OAuthErrorException.ACCESS_DENIED, words, Status.FORBIDDEN);
            }
            throw away("it answered " + response.getStatus());
        } catch (IOException failed) {
            throw away(failed.toString());
        }
    }

    private ErrorResponseException away(String why) {
        LOG.errorf("The directory at %s cannot say what roles a token has, so none was issued: %s.", url, why);
        String words = "The role directory cannot be asked now. Try again.";
        return new ErrorResponseException(OAuthErrorException.TEMPORARILY_UNAVAILABLE, words, Status.SERVICE_UNAVAILABLE);
    }
}
