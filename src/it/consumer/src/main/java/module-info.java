/** What an application on the module path writes. */
module consumer {
  requires dev.milvuspool;
  // Modules with a descriptor, which the JVM leaves out unless one with a descriptor asks for them.
  requires com.google.gson;
  requires org.slf4j;
}
