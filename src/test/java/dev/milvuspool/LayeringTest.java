package dev.milvuspool;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.milvus.v2.client.MilvusClientV2;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.AccessibleObject;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LayeringTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .importUrl(MilvusPool.class.getProtectionDomain().getCodeSource().getLocation());

  private static final String ROOT = "dev.milvuspool";
  private static final String INTERNAL = ROOT + ".internal.";

  /** The rooms, from top to bottom. */
  private static final List<String> ROOMS =
      List.of("pool", "client", "channel", "connect", "config", "common");

  @Test
  void dataFlowsFromPoolToClientToChannelToConnectToConfigToCommonAndNeverBack() {
    for (int i = 0; i < ROOMS.size(); i++) {
      String[] above =
          ROOMS.subList(0, i).stream().map(room -> INTERNAL + room).toArray(String[]::new);
      if (above.length > 0) {
        noClasses()
            .that(resideInAPackage(INTERNAL + ROOMS.get(i)))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(above)
            .check(MAIN);
      }
    }
  }

  @Test
  void noRoomIsInACircleWithAnother() {
    slices().matching(INTERNAL + "(*)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void everyClassHasARoom() {
    assertThat(MAIN.stream().map(JavaClass::getPackageName).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    Stream.of(ROOT, ROOT + ".micrometer"), ROOMS.stream().map(INTERNAL::concat))
                .toList());
  }

  /** The public package needs what options are made of; the pool, for two static factories. */
  @Test
  void whatUsersSeeNeedsLittleOfTheInside() {
    noClasses()
        .that(resideInAPackage(ROOT))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(INTERNAL + "client", INTERNAL + "channel", INTERNAL + "connect")
        .check(MAIN);
    noClasses()
        .that(resideInAPackage(ROOT))
        .and(not(type(MilvusPool.Builder.class)))
        .and(not(type(Client.class)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(INTERNAL + "pool")
        .check(MAIN);
  }

  @Test
  void theAdaptersNeedNoMoreOfTheInsideThanCommonAndConfig() {
    noClasses()
        .that(resideInAPackage(ROOT + ".micrometer"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            INTERNAL + "pool", INTERNAL + "client", INTERNAL + "channel", INTERNAL + "connect")
        .check(MAIN);
  }

  /** What another room, or the public package, needs; all else is package-private. */
  @Test
  void publicTypesInsideAreTheseAndNoOther() {
    Set<String> visible =
        MAIN.stream()
            .filter(type -> type.getPackageName().startsWith(INTERNAL))
            .filter(LayeringTest::isVisible)
            .map(type -> type.getName().substring(INTERNAL.length()))
            .filter(name -> !name.endsWith("package-info"))
            .collect(Collectors.toSet());

    assertThat(visible).containsExactlyInAnyOrder(PUBLIC_INSIDE);
  }

  private static final String[] PUBLIC_INSIDE = {
    "channel.CallContext",
    "channel.CallErrors",
    "channel.ConnectionSupervisor",
    "channel.InFlightCalls",
    "channel.Snapshot",
    "channel.SupervisedChannel",
    "client.ClientCore",
    "client.ClientCore$Shared",
    "client.DefaultClient",
    "client.Operation",
    "common.Await",
    "common.Background",
    "common.Backoff",
    "common.Causes",
    "common.Checks",
    "common.DeadlineSweeper",
    "common.DeadlineSweeper$Swept",
    "common.Durations",
    "common.Errors",
    "common.Errors$Lost",
    "common.EventDispatcher",
    "common.HeaderChecks",
    "common.InFlightCounter",
    "common.SerializableCause",
    "config.Address",
    "config.ClientProperties",
    "config.CredentialChecks",
    "config.CredentialsSource",
    "config.CredentialsSource$Given",
    "config.OptionAccess",
    "config.OptionProperties",
    "config.OptionValues",
    "config.OptionValues$Addresses",
    "config.TlsFiles",
    "connect.Connector",
    "connect.Connector$Postponed",
    "connect.Connector$Route",
    "connect.Connector$Target",
    "connect.Endpoint",
    "connect.EndpointLoads",
    "connect.GrpcConnector",
    "connect.GrpcStatics",
    "connect.MilvusStatus",
    "connect.RequestHeaders",
    "connect.RpcStatus",
    "connect.Transport",
    "pool.DefaultMilvusPool",
    "pool.StandaloneClient",
  };

  @Test
  void onlyTheRoomsThatConnectAndSuperviseSeeTheSdksGrpc() {
    noClasses()
        .that()
        .resideOutsideOfPackages(INTERNAL + "connect", INTERNAL + "channel")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.milvus.shaded..")
        .check(MAIN);
  }

  @Test
  void nothingReachesIntoPrivatesOrOutlivesThePool() {
    noClasses()
        .should()
        .accessTargetWhere(targetIs(AccessibleObject.class, "setAccessible", "trySetAccessible"))
        .orShould()
        .accessTargetWhere(targetIs(MethodHandles.class, "privateLookupIn"))
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(VarHandle.class)
        .orShould()
        .accessTargetWhere(targetIs(Runtime.class, "addShutdownHook"))
        .check(MAIN);
  }

  @Test
  void publicTypesAreThoseOfTheInterfaceAndNoOther() {
    Set<String> visible =
        MAIN.stream()
            .filter(LayeringTest::isVisible)
            .filter(type -> !type.getPackageName().startsWith(INTERNAL))
            .map(type -> type.getName().substring("dev.milvuspool.".length()))
            .filter(name -> !name.endsWith("package-info"))
            .collect(Collectors.toSet());

    assertThat(visible)
        .containsExactlyInAnyOrder(
            "MilvusPool",
            "MilvusPool$Builder",
            "Client",
            "ClientOptions",
            "ClientOptions$Builder",
            "TlsOptions",
            "TlsOptions$Builder",
            "ProgressListener",
            "PoolListener",
            "PoolStats",
            "ClientStats",
            "ClientHealth",
            "ClientState",
            "MilvusPoolException",
            "ClientNotFoundException",
            "ClientAlreadyExistsException",
            "ClientConnectException",
            "ClientConnectException$Reason",
            "ClientUnavailableException",
            "ClientTimeoutException",
            "ClientClosedException",
            "PoolClosedException",
            "Credentials",
            "CallInfo",
            "CallScope",
            "micrometer.MicrometerPoolListener",
            "micrometer.MicrometerObservationListener");
  }

  @Test
  void noPublicMethodMentionsATypeThatUsersCannotImport() {
    methods()
        .that(
            describe(
                "are visible to users",
                method ->
                    isVisible(method) && !method.getOwner().getPackageName().startsWith(INTERNAL)))
        .should(mentionOnlyWhatUsersCanImport())
        .check(MAIN);
  }

  @Test
  void onlyTheAdapterTouchesMicrometer() {
    noClasses()
        .that(not(resideInAPackage("dev.milvuspool.micrometer")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "dev.milvuspool.micrometer..")
        .check(MAIN);
  }

  @Test
  void theSdksSharedStateIsNeverChanged() {
    noClasses()
        .that()
        .haveSimpleNameNotContaining("SupervisedSdkClient")
        .should()
        .accessTargetWhere(
            targetIs(
                MilvusClientV2.class, "withTimeout", "withRetry", "useDatabase", "retryConfig"))
        .check(MAIN);
  }

  @Test
  void nothingIsPrinted() {
    noClasses()
        .should()
        .accessTargetWhere(targetIs(System.class, "out", "err"))
        .orShould()
        .accessTargetWhere(targetIs(Throwable.class, "printStackTrace"))
        .check(MAIN);
  }

  @Test
  void onlyTheBoundedWaitsOfAUsersThreadSleep() {
    noClasses()
        .should()
        .accessTargetWhere(targetIs(Thread.class, "sleep"))
        .orShould()
        .accessTargetWhere(targetIs(TimeUnit.class, "sleep").and(not(originIs("InFlightCalls"))))
        .check(MAIN);
  }

  private static DescribedPredicate<JavaAccess<?>> targetIs(Class<?> owner, String... names) {
    return describe(
        owner.getSimpleName() + "." + String.join("/", names),
        access ->
            access.getTargetOwner().isAssignableTo(owner)
                && Set.of(names).contains(access.getTarget().getName()));
  }

  private static DescribedPredicate<JavaAccess<?>> originIs(String name) {
    return describe(
        "in " + name, access -> outermost(access.getOriginOwner()).getSimpleName().equals(name));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(LayeringTest::outermost).orElse(type);
  }

  private static boolean isVisible(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(LayeringTest::isVisible).orElse(true);
  }

  private static boolean isVisible(JavaMethod method) {
    return isVisible(method.getModifiers()) && isVisible(method.getOwner());
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static ArchCondition<JavaMethod> mentionOnlyWhatUsersCanImport() {
    return new ArchCondition<>("mention only what users can import") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        Stream.of(
                Stream.of(method.getRawReturnType()),
                method.getRawParameterTypes().stream(),
                method.getThrowsClause().stream().map(declared -> declared.getRawType()))
            .flatMap(types -> types)
            .map(JavaClass::getBaseComponentType)
            .filter(type -> !canBeImported(type))
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " mentions " + type.getName())));
      }
    };
  }

  private static boolean canBeImported(JavaClass type) {
    return !type.getPackageName().contains(".shaded.") && (type.isPrimitive() || isVisible(type));
  }
}
