package dev.keyward.keycloak;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.keycloak.models.ProtocolMapperModel;
import org.keycloak.representations.AccessToken;

/** The one tenant that a token is for, in the words that the token has for it. */
final class TokenTenant {
    static final String AUDIENCE = "audience";
    static final String ORGANIZATION = "organization";

    private TokenTenant() {}

    static boolean isByAudience(ProtocolMapperModel mapper) {
        return !ORGANIZATION.equals(DirectoryRolesMapper.setting(mapper, DirectoryRolesMapper.TENANT_FROM));
    }

    /** None where the token names no tenant, or several. */
    static Optional<String> of(AccessToken token, ProtocolMapperModel mapper) {
        List<String> named = isByAudience(mapper)
                ? audiences(token, DirectoryRolesMapper.setting(mapper, DirectoryRolesMapper.AUDIENCE_PREFIX))
                : organizations(token.getOtherClaims().get(ORGANIZATION)).toList();
        return named.size() == 1 ? Optional.of(named.get(0)) : Optional.empty();
    }

    private static List<String> audiences(AccessToken token, String prefix) {
        String[] all = token.getAudience() == null ? new String[0] : token.getAudience();
        return Stream.of(all).filter(audience -> audience.startsWith(prefix)).distinct().toList();
    }

    /** The claim is a text, an array of aliases, or an object with a name for each, as Keycloak's mapper is set. */
    private static Stream<String> organizations(Object claim) {
        if (claim instanceof Map<?, ?> map) {
            return map.keySet().stream().map(String::valueOf);
        }
        if (claim instanceof Collection<?> list) {
            return list.stream().map(String::valueOf);
        }
        return Stream.ofNullable(claim).map(String::valueOf);
    }
}
